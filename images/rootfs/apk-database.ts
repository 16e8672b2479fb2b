/** A package as apk's database of installed ones (`lib/apk/db/installed`) has it. */
export interface InstalledApk {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly description: string;
  readonly url: string;
  /** The commit of Alpine's repository that it was built from. */
  readonly commit: string;
  /** What identifies it among all packages: the hash of its description, which has the hash of its files. */
  readonly checksum: string;
  readonly files: readonly InstalledFile[];
}

export interface InstalledFile {
  /** From the root, without a slash at its start. */
  readonly path: string;
  readonly mode: number;
  /** SHA-1 of its content, or of its target where it is a link. */
  readonly sha1: Buffer | undefined;
}

/**
 * Reads the database: stanzas of `<letter>:<value>` lines, an empty line between. Files follow their folder:
 *
 *     F:sbin   R:e2fsck   a:0:0:755   Z:Q1<SHA-1 in base64>
 */
export function readApkDatabase(text: string): InstalledApk[] {
  return text
    .split("\n\n")
    .filter((stanza) => stanza.trim() !== "")
    .map((stanza) => {
      const lines = stanza.split("\n").map((line) => [line.slice(0, 1), line.slice(2)] as const);
      const field = (letter: string) => lines.find(([key]) => key === letter)?.[1] ?? "";
      const [name, version, license, description] = [field("P"), field("V"), field("L"), field("T")];
      return {
        name,
        version,
        license,
        description,
        url: field("U"),
        commit: field("c"),
        checksum: field("C"),
        files: filesOf(lines),
      };
    });
}

function filesOf(lines: readonly (readonly [string, string])[]): InstalledFile[] {
  const files: { path: string; mode: number; sha1: Buffer | undefined }[] = [];
  let folder = "";
  for (const [key, value] of lines) {
    const last = files.at(-1);
    if (key === "F") folder = value;
    else if (key === "R") files.push({ path: folder === "" ? value : `${folder}/${value}`, mode: 0o644, sha1: undefined });
    else if (key === "a" && last) last.mode = Number.parseInt(value.split(":")[2] ?? "", 8);
    else if (key === "Z" && last && value.startsWith("Q1")) last.sha1 = Buffer.from(value.slice(2), "base64");
  }
  return files;
}
