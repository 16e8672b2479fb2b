import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Board } from "../../board-support/index.ts";
import { FIRST_DOCUMENT } from "../../runtime/boot/first-document.ts";
import { StepppsError } from "../../runtime/contract/index.ts";
import { DEFAULT_KEY, listKeys, loadKeys } from "../../runtime/trust/index.ts";
import { writeBundle } from "../bundle/write-bundle.ts";
import { boardImage } from "../disk/board-image.ts";
import { type SlotContents, slotContents } from "../disk/slot.ts";
import { suppliedKernel } from "../kernel/supplied.ts";
import { readLock } from "../lock/lock.ts";
import { compressXz } from "../release/compress.ts";
import { imagerEntry } from "../release/imager-entry.ts";
import { type Architecture, MACHINES } from "../rootfs/architecture.ts";
import { COMPRESSIONS, type Compression } from "../rootfs/erofs.ts";
import { cyclonedx } from "../sbom/cyclonedx.ts";
import { fileHash } from "../steps/file-hash.ts";
import { toolset } from "../toolset/toolset.ts";
import { boardList, boardNamed, withKernel } from "./boards.ts";
import { keysFolder } from "./keys-folder.ts";
import { buildLayer } from "./layer.ts";
import { buildContainerImages } from "./oci.ts";
import { buildPackages } from "./packages.ts";
import { Progress } from "./progress.ts";
import type { Verb, VerbContext } from "./verb.ts";
import { projectVersion } from "./version.ts";

/** `npm run image`: builds an image and what goes with it into `out/`. */
export const image: Verb = {
  usage: [
    "npm run image -- --board NAME [--kernel K] [--version V] [--compression lz4hc|zstd] [--url BASE] [--sign]",
    "npm run image -- --board jetson-orin-nano|jetson-nano --kernel l4t --l4t FOLDER",
    "npm run image -- --packages|--oci [--arch arm64|x86_64] [--version V]",
    "npm run image -- --layer NAME [--arch arm64|x86_64] [--version V]",
    "npm run image -- --list",
  ].join("\n"),
  async run(args, context) {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    if (values.list) {
      for (const line of boardList()) context.print(line);
      return;
    }
    if (values.packages || values.oci) {
      const build = values.packages ? buildPackages : buildContainerImages;
      return build(architectures(values.arch), values.version ?? projectVersion(context.places), context);
    }
    if (values.layer !== undefined)
      return buildLayer(values.layer, architectures(values.arch), values.version ?? projectVersion(context.places), context);
    const compression = values.compression as Compression;
    if (!(compression in COMPRESSIONS))
      throw new StepppsError("E_CLI_OPTION", `--compression is one of ${Object.keys(COMPRESSIONS).join(", ")}`);
    const { kernel, l4t, version = projectVersion(context.places), url, sign = false } = values;
    const named = boardNamed(values.board);
    checkSupplied(named, kernel, l4t, compression);
    const board = withKernel(named, l4t === undefined ? kernel : undefined);
    const supplied = l4t === undefined ? undefined : resolve(context.cwd, l4t);
    await build({ board, supplied, version, compression, url, sign }, context);
  },
};

const OPTIONS = {
  board: { type: "string" },
  kernel: { type: "string" },
  l4t: { type: "string" },
  list: { type: "boolean" },
  version: { type: "string" },
  compression: { type: "string", default: "lz4hc" },
  url: { type: "string" },
  sign: { type: "boolean" },
  packages: { type: "boolean" },
  oci: { type: "boolean" },
  layer: { type: "string" },
  arch: { type: "string" },
} as const;

/** All that there are where none is named. Throws E_CLI_OPTION. */
function architectures(named: string | undefined): Architecture[] {
  const known = Object.keys(MACHINES) as Architecture[];
  const found = known.filter((arch) => named === undefined || arch === named);
  if (found.length === 0) throw new StepppsError("E_CLI_OPTION", `--arch is one of ${known.join(", ")}`);
  return found;
}

/** A kernel of NVIDIA's comes in a folder and is for its boards. Throws E_CLI_OPTION. */
function checkSupplied({ name, drivers }: Board, kernel: string | undefined, l4t: string | undefined, compression: Compression) {
  const wrong = (what: string) => new StepppsError("E_CLI_OPTION", what);
  if ((kernel === SUPPLIED) !== (l4t !== undefined)) throw wrong(`--kernel ${SUPPLIED} goes with --l4t FOLDER`);
  if (l4t === undefined) return;
  if (drivers !== "jetson") throw wrong(`${name} is none of NVIDIA's boards`);
  if (compression !== "lz4hc") throw wrong(`--kernel ${SUPPLIED} goes with --compression lz4hc: its erofs knows no other`);
}

/** The name of a kernel that isn't one of ours. */
const SUPPLIED = "l4t";

interface ImageOptions {
  readonly board: Board;
  /** The folder of a kernel that is to be taken in place of the board's. */
  readonly supplied: string | undefined;
  readonly version: string;
  readonly compression: Compression;
  readonly url: string | undefined;
  readonly sign: boolean;
}

async function build(options: ImageOptions, context: VerbContext): Promise<void> {
  const { board, supplied, version, compression, url, sign } = options;
  const { places, say, print } = context;
  if (board.caution !== undefined && supplied === undefined) say(`careful: ${board.caution}`);
  const progress = new Progress(sign ? 6 : 5, say);
  const lock = readLock();
  const tools = await progress.step("fetching the tools", () => toolset(lock, places));
  const slot = await progress.step("kernel and root file system", async () => {
    const kernel = supplied === undefined ? undefined : await suppliedKernel(supplied, board, tools);
    return slotContents(board, { version, compression, kernel }, lock, tools, places);
  });
  const disk = await progress.step("partitions", () => boardImage(slot, { "steppps.yaml": FIRST_DOCUMENT }, lock, tools, places));
  await mkdir(places.out, { recursive: true });
  const name = `steppps-${board.name}-${version}`;
  const out = (suffix: string) => join(places.out, `${name}${suffix}`);
  const packed = out(".img.xz");
  await progress.step("compressing", () => compressXz(disk, packed, tools));
  await progress.step("checksum, list of contents, Imager entry", async () => {
    const [sha256, compressedSha256] = await Promise.all([fileHash(disk), fileHash(packed)]);
    const [{ size }, { size: compressedSize }] = await Promise.all([stat(disk), stat(packed)]);
    await writeFile(out(".img.xz.sha256"), `${compressedSha256}  ${basename(packed)}\n`);
    const { facts, packages: alpine, debian, npm, kernel } = slot;
    const contents = { facts, alpine, debian, npm, sha256, kernel: kernel.supplied };
    await writeFile(out(".cdx.json"), `${JSON.stringify(cyclonedx(contents), null, 1)}\n`);
    const where = url === undefined ? basename(packed) : `${url.replace(/\/$/, "")}/${basename(packed)}`;
    const released = { board, version, url: where, size, sha256, compressedSize, compressedSha256, time: lock.time };
    await writeFile(out(".rpi-imager-manifest"), `${JSON.stringify(imagerEntry(released), null, 1)}\n`);
    say(
      `${(compressedSize / 1e6).toFixed(1)} MB compressed, ${(size / 1e6).toFixed(0)} MB on the card, root ${(slot.root.size / 1e6).toFixed(1)} MB`,
    );
  });
  if (sign) await progress.step("signed bundle for updates", () => bundle(slot, out(".bundle"), context));
  print(packed);
}

async function bundle(slot: SlotContents, path: string, context: VerbContext): Promise<void> {
  const keys = keysFolder(context);
  if (!listKeys(keys).includes(DEFAULT_KEY))
    throw new StepppsError("E_KEY_MISSING", `${resolve(keys)} has no key ${DEFAULT_KEY}`);
  const { board, facts, commandLine, root, files } = slot;
  const { rootHash, salt, dataBlocks, hashOffset } = root;
  const verity = { rootHash, salt, dataBlocks, hashOffset };
  const parts = { root: root.file, ...files };
  await rm(path, { force: true });
  await writeBundle(path, { board: board.name, version: facts.version, commandLine, verity, parts }, loadKeys(keys));
}
