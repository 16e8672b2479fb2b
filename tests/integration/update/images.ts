import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BundleContents, type WrittenBundle, writeBundle } from "../../../images/bundle/write-bundle.ts";
import type { KeyPair } from "../../../runtime/trust/index.ts";

/** Bytes that don't compress, the same for the same seed. */
export function noise(seed: string, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) => createHash("sha256").update(`${seed} ${i}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
}

const MIB = 1024 * 1024;
const HEAD_BYTES = 4096;

/**
 * The files of a version: a root of some MiB, most of it the same in all of them, at another place in each; and a kernel. A root says
 * its version at its start.
 */
export function imageFiles(folder: string, version: string): { readonly root: string; readonly kernel: string } {
  mkdirSync(folder, { recursive: true });
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(`version ${version}\n`);
  const own = noise(`supervisor ${version}`, MIB / 4 + Number(version.split(".")[1]) * 4096);
  const root = join(folder, "root");
  writeFileSync(root, Buffer.concat([head, noise("node", 2 * MIB), own, noise("libraries", 2 * MIB), Buffer.alloc(MIB)]));
  const kernel = join(folder, "kernel");
  writeFileSync(kernel, Buffer.concat([noise("kernel", MIB / 2), Buffer.from(version)]));
  return { root, kernel };
}

/** Which version lies in a partition. */
export function versionOf(partition: string): string {
  const head = Buffer.alloc(64);
  const file = openSync(partition, "r");
  readSync(file, head, 0, head.length, 0);
  closeSync(file);
  return /^version (\S+)\n/.exec(head.toString("latin1"))?.[1] ?? "nothing";
}

/** A signed bundle of a version. */
export function bundleOf(
  path: string,
  parts: { readonly root: string; readonly kernel: string },
  keys: KeyPair,
  { version, ...others }: Partial<BundleContents> & { readonly version: string },
): Promise<WrittenBundle> {
  const commandLine = `quiet steppps.slot={slot} steppps.version=${version}`;
  const verity = { rootHash: "0".repeat(64), salt: "", dataBlocks: 1, hashOffset: 4096 };
  return writeBundle(path, { board: "qemu-arm64", version, commandLine, verity, parts, ...others }, keys);
}
