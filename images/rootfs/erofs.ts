import { createHash } from "node:crypto";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, Verity } from "../../runtime/contract/index.ts";
import { tarOfFolder } from "../formats/tar.ts";
import { fileHash } from "../steps/file-hash.ts";
import { made } from "../steps/made.ts";
import type { ImagePlaces } from "../steps/places.ts";
import type { Toolset } from "../toolset/toolset.ts";

/**
 * How the root is compressed: lz4hc is read more quickly, zstd is a fifth smaller. -C: what is unpacked at once, of which a program that is
 * read here and there needs a part only: 128 KB for lz4hc make a root a tenth smaller, and Node's start 0.2 s longer where all of it is
 * emulated.
 */
export const COMPRESSIONS = {
  lz4hc: ["-zlz4hc,12", "-C16384"],
  zstd: ["-zzstd,15", "-C65536"],
} as const;
export type Compression = keyof typeof COMPRESSIONS;

/** A root file system with the hash tree that dm-verity holds it against behind its data, in one file. */
export interface RootImage extends Verity {
  readonly file: string;
  readonly size: number;
}

const BLOCK = 4096;
const RECIPE = 3;
const FILE = "root.img";
const FACTS = "verity.json";
/** One for all roots: with another for each the whole hash tree would be new to every update. It has no secret to keep. */
const SALT = createHash("sha256").update("steppps root").digest("hex");

/**
 *     0                  dataBlocks * 4096 = hashOffset
 *     ├─ erofs ──────────┼─ hash tree, root's block first ─┤
 */
export async function rootImage(
  folder: string,
  time: number,
  compression: Compression,
  tools: Toolset,
  places: ImagePlaces,
): Promise<RootImage> {
  const inputs = [RECIPE, folder, time, COMPRESSIONS[compression], tools.root];
  const home = await made(places.cache, "erofs", inputs, async (work) => {
    const tar = join(work, "root.tar");
    await tarOfFolder(folder, tar, time);
    // What identifies the file system follows from its content: the same in, the same out.
    const content = await fileHash(tar);
    const file = join(work, FILE);
    const options = [...COMPRESSIONS[compression], "-x-1", "-T", String(time), "-U", uuidOf(content), "--quiet"];
    await tools.run("mkfs.erofs", [...options, "--tar=f", file, tar]);
    await rm(tar);
    const hashOffset = (await stat(file)).size;
    if (hashOffset % BLOCK !== 0) throw new Error(`the root file system has ${hashOffset} bytes, which are no whole blocks`);
    const dataBlocks = hashOffset / BLOCK;
    const verity = ["--no-superblock", `--salt=${SALT}`, `--data-blocks=${dataBlocks}`, `--hash-offset=${hashOffset}`];
    const said = await tools.run("veritysetup", ["format", ...verity, file, file]);
    const rootHash = /^Root hash:\s+([0-9a-f]{64})$/m.exec(said)?.[1];
    if (!rootHash) throw new Error(`veritysetup names no root hash: ${said}`);
    const facts: Verity = { rootHash, salt: SALT, dataBlocks, hashOffset };
    await writeFile(join(work, FACTS), JSON.stringify(facts));
  });
  const file = join(home, FILE);
  const facts = parse(Verity, JSON.parse(await readFile(join(home, FACTS), "utf8")));
  return { file, size: (await stat(file)).size, ...facts };
}

/** A name-based UUID of the random kind's form (RFC 9562, version 8: of one's own making). */
export function uuidOf(hash: string): string {
  const [a, b, c, d, e] = [hash.slice(0, 8), hash.slice(8, 12), hash.slice(13, 16), hash.slice(17, 20), hash.slice(20, 32)];
  return `${a}-${b}-8${c}-8${d}-${e}`;
}
