import { setImmediate } from "node:timers/promises";
import { StepppsError } from "../contract/index.ts";
import { decodeCbor, encodeCbor } from "../platform/index.ts";
import { parseCose } from "./cose.ts";
import { type MetadataFile, readMetadata } from "./metadata/file.ts";
import { contentTypeOf, ROLES, type Role } from "./metadata/schema.ts";
import type { Trusted } from "./metadata/update.ts";

/** Signed metadata on its way to a device, by network or on a stick: an array of envelopes, in any order. It is not signed itself. */
const MAX_BUNDLE_BYTES = 960 * 1024;
const MAX_FILES = 256;

export interface Bundle {
  readonly roots: readonly MetadataFile<"root">[];
  /** One file of each other role at most. */
  readonly roles: Trusted;
}

export function encodeBundle(files: readonly Uint8Array[]): Uint8Array {
  return encodeCbor(files);
}

/** Rejects with E_TRUST_BUNDLE, E_TRUST_METADATA or E_ENVELOPE_*. No signature is looked at. */
export async function parseBundle(bytes: Uint8Array): Promise<Bundle> {
  const roots: MetadataFile<"root">[] = [];
  const roles: { -readonly [R in Role]?: MetadataFile<R> } = {};
  for (const file of filesOf(bytes)) {
    const role = roleOf(file);
    if (role === "root") roots.push(readMetadata("root", file));
    else if (roles[role]) throw new StepppsError("E_TRUST_BUNDLE", `two files for ${role}`);
    else (roles as Record<Role, MetadataFile>)[role] = readMetadata(role, file);
    // One with many keys takes some ms, and anybody may send it: messages are handled between two.
    await setImmediate();
  }
  return { roots, roles };
}

/** What role a metadata file is for, by the content type that is signed with it. Throws E_TRUST_BUNDLE. */
export function roleOf(file: Uint8Array): Role {
  const { contentType } = parseCose(file);
  const role = ROLES.find((each) => contentTypeOf(each) === contentType);
  if (!role) throw new StepppsError("E_TRUST_BUNDLE", `a file of ${JSON.stringify(contentType.slice(0, 80))}`);
  return role;
}

function filesOf(bytes: Uint8Array): Uint8Array[] {
  if (bytes.length > MAX_BUNDLE_BYTES) throw new StepppsError("E_TRUST_BUNDLE", `more than ${MAX_BUNDLE_BYTES} bytes`);
  let files: unknown;
  try {
    files = decodeCbor(bytes);
  } catch (cause) {
    throw new StepppsError("E_TRUST_BUNDLE", cause instanceof StepppsError ? cause.detail : "", { cause });
  }
  if (
    !Array.isArray(files) ||
    files.length === 0 ||
    files.length > MAX_FILES ||
    !files.every((file) => file instanceof Uint8Array)
  ) {
    throw new StepppsError("E_TRUST_BUNDLE", `not a list of 1 to ${MAX_FILES} files`);
  }
  return files;
}
