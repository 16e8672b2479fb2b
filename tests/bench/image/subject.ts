import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BOARDS, type Board, type KernelName } from "../../../board-support/index.ts";
import { boardImage } from "../../../images/disk/board-image.ts";
import { commandLine, type SlotContents, slotContents } from "../../../images/disk/slot.ts";
import { readLock } from "../../../images/lock/lock.ts";
import type { Lock } from "../../../images/lock/schema.ts";
import { type Compression, rootImage } from "../../../images/rootfs/erofs.ts";
import { type ImagePlaces, imagePlaces } from "../../../images/steps/places.ts";
import { type Toolset, toolset } from "../../../images/toolset/toolset.ts";

const VERSION = "0.1.0";

/** Builds images of this checkout, as `npm run image` does. */
export class ImageBuilder {
  readonly lock: Lock = readLock();
  readonly places: ImagePlaces = imagePlaces();
  readonly tools: Toolset;

  private constructor(tools: Toolset) {
    this.tools = tools;
  }

  static async open(): Promise<ImageBuilder> {
    return new ImageBuilder(await toolset(readLock(), imagePlaces(), ["tools", "qemu"]));
  }

  board(name: string): Board {
    const board = BOARDS.find((each) => each.name === name);
    if (!board) throw new Error(`there is no board ${name}`);
    return board;
  }

  /** `kernel`: in place of the board's own. */
  slot(board: string, compression: Compression, kernel?: KernelName): Promise<SlotContents> {
    const own = this.board(board);
    const chosen = kernel ? { ...own, kernel } : own;
    return slotContents(chosen, { version: VERSION, compression }, this.lock, this.tools, this.places);
  }

  /** The image of a whole medium. */
  image(slot: SlotContents): Promise<string> {
    return boardImage(slot, {}, this.lock, this.tools, this.places);
  }

  /** The same slot but for some files of its root, by their path; made in `folder`. */
  async altered(slot: SlotContents, files: Readonly<Record<string, string>>, folder: string): Promise<SlotContents> {
    const tree = join(folder, "root");
    await this.copyRoot(slot, tree);
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(tree, path)), { recursive: true });
      await writeFile(join(tree, path), text, { mode: 0o755 });
    }
    return this.withRoot(slot, tree, folder);
  }

  /** A file of its root. */
  read(slot: SlotContents, path: string): Promise<string> {
    return readFile(join(slot.rootFolder, path), "utf8");
  }

  async copyRoot(slot: SlotContents, tree: string): Promise<void> {
    await rm(tree, { recursive: true, force: true });
    await cp(slot.rootFolder, tree, { recursive: true, verbatimSymlinks: true });
  }

  /** The same slot with the root that lies in `tree`; what is made of it stays in `folder`. */
  async withRoot(slot: SlotContents, tree: string, folder: string): Promise<SlotContents> {
    const places = { ...this.places, cache: join(folder, "cache") };
    const root = await rootImage(tree, this.lock.time, "lz4hc", this.tools, places);
    return { ...slot, root, rootFolder: tree, commandLine: commandLine(slot.board, root) };
  }
}
