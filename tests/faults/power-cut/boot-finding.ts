import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileHash } from "../../../images/steps/file-hash.ts";
import type { BootControlName, Slot } from "../../../runtime/contract/index.ts";
import { FIRMWARE } from "../../support/boot-firmware.ts";
import type { BootState } from "../../support/boot-partition.ts";
import type { Programs } from "./programs.ts";
import type { Recording, SlotHashes } from "./recording.ts";

/** What a boot partition says, as its boot loader and mtools read it. */
export interface BootFinding {
  /** What is started if nothing is ever blessed: the first start and those after it; the version is one whose files are all there. */
  readonly starts: readonly { readonly slot: Slot; readonly version: string | undefined }[];
  /** Of each slot, as its command line has it; nothing where that isn't whole. */
  readonly rootHashes: Readonly<Record<Slot, string | undefined>>;
  /** steppps.yaml. */
  readonly document: string | undefined;
  readonly problems: readonly string[];
}

/** One more than the tries that a boot loader gives a slot. */
const STARTS = 4;
const TEXTS = /^(?:slots\.txt|loader\/entries\/[^/]+\.conf|[ab]\/cmdline)$/;

/** `image`: the partition alone, a file; `work`: a folder for what passes through. */
export async function readBootPartition(
  image: string,
  bootControl: Exclude<BootControlName, "none">,
  { versions }: Pick<Recording, "versions">,
  work: string,
  programs: Programs,
): Promise<BootFinding> {
  const problems: string[] = [];
  const attempt = async <T>(what: string, make: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await make();
    } catch (error) {
      problems.push(`${what}: ${(error as Error).message.slice(-300)}`);
      return undefined;
    }
  };
  const read = (path: string) => attempt(path, () => programs.run("mtype", ["-i", image, `::${path}`]));
  const files = new Map<string, string>();
  for (const folder of ["", "loader/entries", "a", "b"]) {
    for (const name of await namesIn(image, folder, programs)) {
      const path = folder === "" ? name : `${folder}/${name}`;
      files.set(path, TEXTS.test(path) ? ((await read(path)) ?? "") : "");
    }
  }
  const hash = (path: string) =>
    attempt(path, async () => {
      const copy = join(work, "boot-file");
      await programs.run("mcopy", ["-i", image, "-n", "-o", `::${path}`, copy]);
      return fileHash(copy);
    });
  const starts: { slot: Slot; version: string | undefined }[] = [];
  const known = new Map<Slot, string | undefined>();
  let next: BootState = { files, variables: new Map() };
  for (let i = 0; i < STARTS; i++) {
    const started = await attempt("the boot loader", async () => FIRMWARE[bootControl](next));
    if (!started) break;
    const { slot } = started;
    if (!known.has(slot)) known.set(slot, await wholeVersion(slot, files, versions, hash));
    starts.push({ slot, version: known.get(slot) });
    next = started.state;
  }
  const rootHashes = { a: rootHash("a", files.get("a/cmdline")), b: rootHash("b", files.get("b/cmdline")) };
  return { starts, rootHashes, document: await read("steppps.yaml"), problems };
}

function rootHash(slot: Slot, commandLine = ""): string | undefined {
  if (!new RegExp(`(?:^|\\s)steppps\\.slot=${slot}(?:\\s|$)`).test(commandLine)) return undefined;
  return /(?:^|\s)steppps\.verity=([0-9a-f]{64})/.exec(commandLine)?.[1];
}

/** The version that the slot's files belong to, all of them. */
async function wholeVersion(
  slot: Slot,
  files: ReadonlyMap<string, string>,
  versions: Readonly<Record<string, SlotHashes>>,
  hash: (path: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  const commandLine = files.get(`${slot}/cmdline`);
  const found = Object.entries(versions).find(([, each]) => each.commandLine.replaceAll("{slot}", slot) === commandLine?.trim());
  if (!found) return undefined;
  const [version, wanted] = found;
  for (const [name, sha256] of Object.entries(wanted.files)) if ((await hash(`${slot}/${name}`)) !== sha256) return undefined;
  return version;
}

/** None where there is no such folder. */
async function namesIn(image: string, folder: string, programs: Programs): Promise<string[]> {
  const said = await programs.run("mdir", ["-i", image, "-b", `::${folder}`]).catch(() => "");
  return said
    .split("\n")
    .filter((line) => line !== "" && !line.endsWith("/"))
    .map((line) => line.split("/").pop() as string);
}

/** Which of the versions a root partition's first bytes are. */
export function rootVersion(content: Buffer, versions: Readonly<Record<string, SlotHashes>>): string | undefined {
  const isRoot = ({ root }: SlotHashes) =>
    createHash("sha256").update(content.subarray(0, root.size)).digest("hex") === root.sha256;
  return Object.entries(versions).find(([, hashes]) => isRoot(hashes))?.[0];
}
