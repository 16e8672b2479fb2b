import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Apk } from "../rootfs/apk.ts";
import { type StagedFile, stage } from "../steps/stage.ts";
import type { SigningKey } from "./signing-key.ts";

/** A package of ours as apk will have it [apk-package(5)]. */
export interface PackageContent {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** SPDX. */
  readonly license: string;
  readonly depends: readonly string[];
  readonly provides: readonly string[];
  readonly files: readonly StagedFile[];
  /** Shell, run as root. */
  readonly scripts: Readonly<Partial<Record<"pre-install" | "post-install" | "pre-upgrade", string>>>;
}

export interface Packing {
  readonly apk: Apk;
  readonly key: SigningKey;
  /** As Alpine calls it. */
  readonly machine: string;
  /** Seconds since the epoch: of the files and of the package. */
  readonly time: number;
  /** A folder that nobody needs later. */
  readonly work: string;
}

/** Writes the package into `folder`, signed, by apk itself; the same in, the same out. */
export async function writePackage(content: PackageContent, { apk, key, machine, time, work }: Packing, folder: string) {
  const { name, version, description, license, depends, provides, files, scripts } = content;
  const home = join(work, name);
  const root = join(home, "files");
  await mkdir(root, { recursive: true });
  await stage(root, files, time);
  const info = {
    ...{ name, version, description, license, arch: machine, origin: "steppps", "build-time": String(time) },
    ...(depends.length > 0 && { depends: depends.join(" ") }),
    ...(provides.length > 0 && { provides: provides.join(" ") }),
  };
  const given: string[] = [];
  for (const [kind, text] of Object.entries(scripts)) {
    await writeFile(join(home, kind), text);
    given.push("--script", `${kind}:${join(home, kind)}`);
  }
  const file = join(folder, `${name}-${version}.apk`);
  await apk.run(
    [
      ...["mkpkg", "--root", await ownerRoot(home), "--files", root, "--output", file],
      ...["--sign-key", key.privateFile, "--compression", "deflate:9"],
      ...Object.entries(info).flatMap(([field, value]) => ["--info", `${field}:${value}`]),
      ...given,
    ],
    { env: { ...process.env, SOURCE_DATE_EPOCH: String(time) } },
  );
  return file;
}

/** Where apk looks up who files belong to: whoever builds is root there, as files of packages are. */
async function ownerRoot(home: string): Promise<string> {
  const root = join(home, "owners");
  const [user, group] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  await mkdir(join(root, "etc"), { recursive: true });
  await writeFile(join(root, "etc/passwd"), `root:x:${user}:${group}:root:/root:/bin/sh\n`);
  await writeFile(join(root, "etc/group"), `root:x:${group}:root\n`);
  return root;
}
