import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { boardImage } from "../disk/board-image.ts";
import { slotContents } from "../disk/slot.ts";
import { readLock } from "../lock/lock.ts";
import { emulate as runEmulated } from "../qemu/emulate.ts";
import { toolset } from "../toolset/toolset.ts";
import { boardNamed, withKernel } from "./boards.ts";
import { keysFolder } from "./keys-folder.ts";
import { Progress } from "./progress.ts";
import type { Verb } from "./verb.ts";
import { projectVersion } from "./version.ts";

/** `npm run emulate`: the board's image under QEMU; builds what is missing. */
export const emulate: Verb = {
  usage: "npm run emulate -- --board qemu-arm64|qemu-x86_64|pc [--kernel steppps] [--firmware] [--fresh]",
  async run(args, context) {
    const options = {
      board: { type: "string" },
      kernel: { type: "string" },
      firmware: { type: "boolean" },
      fresh: { type: "boolean" },
    } as const;
    const { values } = parseArgs({ args: [...args], options });
    const { places, say, signal } = context;
    const named = boardNamed(values.board);
    const started = values.firmware && named.bootControl === "direct" ? boardNamed(`${named.name}-uefi`) : named;
    const board = withKernel(started, values.kernel);
    const progress = new Progress(3, say);
    const lock = readLock();
    const tools = await progress.step("fetching the tools and QEMU", () => toolset(lock, places, ["tools", "qemu"]));
    const slot = await progress.step("kernel and root file system", () => {
      // lz4hc: quickly made, and quickly read by an emulated processor.
      return slotContents(board, { version: projectVersion(places), compression: "lz4hc" }, lock, tools, places);
    });
    const image = await progress.step("partitions", () => boardImage(slot, {}, lock, tools, places));
    const folder = join(places.cache, "..", "emulate", values.kernel ? `${board.name}-${board.kernel}` : board.name);
    await mkdir(folder, { recursive: true });
    const fresh = values.fresh ?? false;
    await runEmulated({ board, image, folder, keys: keysFolder(context), fresh, signal, say }, tools);
  },
};
