import type { Static } from "typebox";
import { parse, StepppsError } from "../../contract/index.ts";
import { Type } from "../../contract/type.ts";

const closed = { additionalProperties: false } as const;

/** A path of a backup and of the data directory: relative, and nowhere above it. */
const Path = Type.String({ pattern: "^(?!.*\\.\\.)[A-Za-z0-9_][A-Za-z0-9_./-]{0,200}$" });

export const BackupFile = Type.Object(
  {
    path: Path,
    bytes: Type.Integer({ minimum: 0 }),
    /** In hex. */
    sha256: Type.String({ pattern: "^[0-9a-f]{64}$" }),
    /** Of what makes a device this one: in force only when the restore asks for it. */
    identity: Type.Optional(Type.Literal(true)),
  },
  closed,
);
export type BackupFile = Static<typeof BackupFile>;

/** The first file of a backup: what is in it. */
export const BackupManifest = Type.Object(
  {
    format: Type.Literal(1),
    /** The version that wrote it. */
    steppps: Type.String({ maxLength: 100 }),
    device: Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,62}$" }),
    /** ms since the epoch. */
    time: Type.Integer({ minimum: 0 }),
    history: Type.Boolean(),
    identity: Type.Boolean(),
    files: Type.Array(BackupFile, { maxItems: 10_000 }),
  },
  closed,
);
export type BackupManifest = Static<typeof BackupManifest>;

export const MANIFEST_NAME = "manifest.json";
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
export const JOURNAL_NAME = "journal.db";

/** Throws E_BACKUP_NEWER, E_BACKUP_FORMAT. */
export function parseManifest(text: string): BackupManifest {
  const value = json(text);
  const { format } = (value ?? {}) as { format?: unknown };
  if (typeof format === "number" && format > 1) throw new StepppsError("E_BACKUP_NEWER", `its format is number ${format}`);
  const manifest = parse(BackupManifest, value, "E_BACKUP_FORMAT");
  const paths = new Set(manifest.files.map(({ path }) => path));
  if (paths.size !== manifest.files.length) throw new StepppsError("E_BACKUP_FORMAT", "a path is in it twice");
  if (!paths.has(JOURNAL_NAME)) throw new StepppsError("E_BACKUP_FORMAT", "there is no journal in it");
  return manifest;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StepppsError("E_BACKUP_FORMAT", "its manifest is not JSON", { cause });
  }
}
