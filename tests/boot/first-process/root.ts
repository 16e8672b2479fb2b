import type { Board } from "../../../board-support/index.ts";
import { commandLine, type SlotContents } from "../../../images/disk/slot.ts";
import { initramfsFile, MODULES } from "../../../images/initramfs/index.ts";
import { buildInit } from "../../../images/kernel/init.ts";
import { kernelOf } from "../../../images/kernel/kernels.ts";
import { readLock } from "../../../images/lock/lock.ts";
import { alpineBase } from "../../../images/rootfs/alpine-base.ts";
import { rootImage } from "../../../images/rootfs/erofs.ts";
import { fileHash } from "../../../images/steps/file-hash.ts";
import { made } from "../../../images/steps/made.ts";
import { imagePlaces } from "../../../images/steps/places.ts";
import type { Toolset } from "../../../images/toolset/toolset.ts";
import { placeSmallRoot, SMALL_ROOT } from "../small-root.ts";

/** In place of the supervisor: a script of the card's, or where that can't be read one that says what there is. */
const STAND_IN = `say() { echo "test $*"; }
beat() { printf . >&3; }
[ -f /boot/scenario.sh ] && . /boot/scenario.sh
beat
say "no card, $(grep ^boot /run/steppps/boot), data is $(stat -f -c %T /data)"
exec sleep 1000
`;
const FALLBACK = `say() { echo "test $*"; }
beat() { printf . >&3; }
. /boot/fallback.sh
`;

const FILES: Readonly<Record<string, string>> = {
  "usr/lib/steppps/test.sh": STAND_IN,
  "usr/lib/steppps/test-fallback.sh": FALLBACK,
  "usr/lib/steppps/command": "/bin/sh\n/usr/lib/steppps/test.sh\n",
  "usr/lib/steppps/command.fallback": "/bin/sh\n/usr/lib/steppps/test-fallback.sh\n",
};

/**
 * A slot with PID 1 and a shell in the supervisor's place: what PID 1 does is seen within seconds, and by a table of scripts. `mark`
 * is in it, so that two of them differ.
 */
export async function smallSlot(board: Board, mark: string, tools: Toolset): Promise<SlotContents> {
  const [lock, places] = [readLock(), imagePlaces()];
  const { arch } = board;
  const init = await buildInit(arch, lock, places);
  const kernel = await kernelOf(board.kernel, arch, lock, places);
  const alpine = await alpineBase(arch, tools, places);
  const inputs = [SMALL_ROOT, alpine.folder, FILES, mark, await fileHash(init)];
  const rootFolder = await made(places.cache, "test-root", inputs, (work) =>
    placeSmallRoot(work, alpine, init, { ...FILES, "etc/mark": mark }),
  );
  const root = await rootImage(rootFolder, lock.time, "lz4hc", tools, places);
  const initramfs = await initramfsFile(kernel, init, MODULES[board.drivers], tools, places);
  const facts = { board: board.name, bootControl: board.bootControl, version: "0.1.0", buildTime: lock.time, arch };
  return {
    board,
    facts,
    root,
    rootFolder,
    files: { kernel: kernel.image, initramfs },
    // A kernel that panics starts again at once: there is nobody to read why
    commandLine: commandLine(board, root).replace("panic=5", "panic=1"),
    kernel,
    packages: [],
    npm: [],
    debian: [],
  };
}
