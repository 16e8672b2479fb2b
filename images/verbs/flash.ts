import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { FIRST_DOCUMENT } from "../../runtime/boot/first-document.ts";
import { readDocument } from "../../runtime/boot/read-document.ts";
import { StepppsError } from "../../runtime/contract/index.ts";
import { checkDisk, describeDisk, diskNamed, readDisks } from "../../runtime/platform/index.ts";
import { boardImage } from "../disk/board-image.ts";
import { slotContents } from "../disk/slot.ts";
import { flash as writeImage } from "../flash/flash.ts";
import { type ImageFile, openImageFile } from "../flash/image-file.ts";
import { tellProgress } from "../flash/tell-progress.ts";
import { withDocument } from "../flash/with-document.ts";
import { readLock } from "../lock/lock.ts";
import { type Toolset, toolset } from "../toolset/toolset.ts";
import { boardNamed } from "./boards.ts";
import type { Verb, VerbContext } from "./verb.ts";
import { projectVersion } from "./version.ts";

/** `npm run flash`: writes an image to a card, a stick or a disk, and reads it back. */
export const flash: Verb = {
  usage: "npm run flash -- --device /dev/… --image FILE|--board NAME [--document FILE] [--any-disk] [--confirm NAME] | --list",
  async run(args, context) {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    if (process.platform !== "linux") throw new StepppsError("E_MEDIUM_HOST");
    const disks = await readDisks();
    if (values.list) {
      for (const disk of disks) context.print(`${describeDisk(disk)}${disk.removable ? "" : ", built in"}`);
      return;
    }
    const { device, image: file, board, document, confirm, "any-disk": anyDisk = false } = values;
    if (device === undefined) throw new StepppsError("E_CLI_OPTION", "--device is missing; --list shows the disks");
    if ((file === undefined) === (board === undefined))
      throw new StepppsError("E_CLI_OPTION", "--image or --board, one of the two");
    // What can't be written is said before an image is built for it.
    checkDisk(diskNamed(device, disks), { size: 0, anyDisk });
    const text = document === undefined ? undefined : await readFile(resolve(context.cwd, document), "utf8");
    if (text !== undefined) readDocument(text); // a mistake is said now, with its line
    const tools = await toolset(readLock(), context.places);
    const plain = await (file === undefined ? built(board, tools, context) : openImageFile(resolve(context.cwd, file), tools));
    await using image = await withDocument(plain, text, tools);
    const disk = diskNamed(device, await readDisks());
    checkDisk(disk, { size: image.size, anyDisk });
    const question = `All that is on ${describeDisk(disk)} will be lost. To write ${image.name} there, type ${disk.name}: `;
    const answer = confirm ?? (await context.ask(question));
    if (answer.trim() !== disk.name) throw new StepppsError("E_MEDIUM_CONFIRM", disk.name);
    await writeImage(image, disk, { signal: context.signal, progress: tellProgress(image.size, context.say) });
    context.print(
      `${disk.path} holds ${image.name}, read back and the same. Its first partition, STEPPPS, has steppps.yaml to edit.`,
    );
  },
};

const OPTIONS = {
  device: { type: "string" },
  image: { type: "string" },
  board: { type: "string" },
  document: { type: "string" },
  confirm: { type: "string" },
  "any-disk": { type: "boolean" },
  list: { type: "boolean" },
} as const;

/** The board's image as `npm run image` makes it, before it is compressed. */
async function built(name: string | undefined, tools: Toolset, { places, say }: VerbContext): Promise<ImageFile> {
  const [board, lock, version] = [boardNamed(name), readLock(), projectVersion(places)];
  say(`building the image for ${board.title}`);
  const slot = await slotContents(board, { version, compression: "lz4hc" }, lock, tools, places);
  const disk = await boardImage(slot, { "steppps.yaml": FIRST_DOCUMENT }, lock, tools, places);
  return { ...(await openImageFile(disk, tools)), name: `steppps-${board.name}-${version}` };
}
