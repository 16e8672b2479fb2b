import { chmod, copyFile, cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Board } from "../../../board-support/index.ts";
import { commandLine, type SlotContents } from "../../../images/disk/slot.ts";
import { unpackDeb } from "../../../images/formats/deb.ts";
import { initramfsFile, MODULES } from "../../../images/initramfs/index.ts";
import { debianKernel } from "../../../images/kernel/debian.ts";
import { buildInit, buildLayerProgram } from "../../../images/kernel/init.ts";
import { layerFolder } from "../../../images/layers/layer-folder.ts";
import { LAYERS } from "../../../images/layers/layers.ts";
import { fetchDeb } from "../../../images/lock/fetch.ts";
import { lockedDeb, readLock } from "../../../images/lock/lock.ts";
import { alpineBase } from "../../../images/rootfs/alpine-base.ts";
import { WHEEL_TARGETS } from "../../../images/rootfs/architecture.ts";
import { rootImage } from "../../../images/rootfs/erofs.ts";
import { placeNode } from "../../../images/rootfs/node.ts";
import { fileHash } from "../../../images/steps/file-hash.ts";
import { made } from "../../../images/steps/made.ts";
import { imagePlaces } from "../../../images/steps/places.ts";
import { SUPERVISOR } from "../../../images/supervisor/layout.ts";
import { SCRIPTS } from "../../../images/supervisor/place.ts";
import type { Toolset } from "../../../images/toolset/toolset.ts";
import { lockedWheel } from "../../../runtime/wasmtime/build/wheel.ts";
import { placeSmallRoot, SMALL_ROOT } from "../small-root.ts";

const GUEST = "usr/lib/steppps/joins-wifi.cjs";
/** What mac80211 asks the kernel for by name when a key is set, which nobody loads on a device. */
const CIPHERS = ["ccm", "cmac", "gcm"];
/** An access point, and what it is linked with. */
const PACKAGES = [
  ...["busybox-static", "hostapd", "libc6", "libnl-3-200", "libnl-genl-3-200", "libnl-route-3-200", "libssl3t64", "libzstd1"],
  "zlib1g",
];

/** A slot with radios that are not there, the layer `wifi` in a folder, and `guest.ts` in the supervisor's place. */
export async function wifiSlot(board: Board, tools: Toolset): Promise<SlotContents> {
  const [lock, places] = [readLock(), imagePlaces()];
  const facts = { board: board.name, bootControl: board.bootControl, version: "0.1.0", buildTime: lock.time, arch: board.arch };
  const init = await buildInit(board.arch, lock, places);
  const kernel = await debianKernel(board.arch, lock, places);
  const alpine = await alpineBase(board.arch, tools, places);
  const files = {
    [GUEST]: await bundleGuest(),
    [SUPERVISOR.command.slice(1)]: `/usr/bin/node\n/${GUEST}\n`,
    [SUPERVISOR.tell.slice(1)]: await readFile(SCRIPTS[SUPERVISOR.tell] as URL, "utf8"),
  };
  const debs = PACKAGES.map((name) => lockedDeb(lock, name, "amd64"));
  const found = LAYERS.find(({ name }) => name === "wifi");
  if (!found) throw new Error("there is no layer wifi");
  const layer = await layerFolder(found, board.arch, lock, tools, places);
  const layerProgram = await buildLayerProgram(board.arch, lock, places);
  const node = lockedWheel("node", WHEEL_TARGETS[board.arch]).sha256;
  const inputs = [
    SMALL_ROOT,
    alpine.folder,
    node,
    files,
    debs.map(({ sha256 }) => sha256),
    await fileHash(init),
    layer,
    await fileHash(layerProgram),
  ];
  const folder = await made(places.cache, "test-wifi-root", inputs, async (work) => {
    await placeSmallRoot(work, alpine, init, files);
    await placeNode(board.arch, work, tools, places);
    await chmod(join(work, SUPERVISOR.tell), 0o755);
    const debian = join(work, "srv/debian");
    await mkdir(debian, { recursive: true });
    for (const deb of debs) await unpackDeb(await fetchDeb(deb, lock.time, places.inputs), debian);
    await cp(layer, join(work, "srv/wifi"), { recursive: true, verbatimSymlinks: true });
    await copyFile(layerProgram, join(work, "sbin/steppps-layer"));
    await chmod(join(work, "sbin/steppps-layer"), 0o755);
  });
  const root = await rootImage(folder, lock.time, "lz4hc", tools, places);
  const { needed, hardware } = MODULES[board.drivers];
  const choice = { needed: [...needed, "mac80211_hwsim", ...CIPHERS], hardware };
  const initramfs = await initramfsFile(kernel, init, choice, tools, places);
  return {
    board,
    facts,
    root,
    rootFolder: folder,
    files: { kernel: kernel.image, initramfs },
    commandLine: commandLine(board, root),
    kernel,
    packages: [],
    npm: [],
    debian: [],
  };
}

async function bundleGuest(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("guest.ts", import.meta.url))],
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node24",
    write: false,
    logLevel: "warning",
    define: { "import.meta.url": '"file:///nowhere"' },
  });
  return outputFiles[0]?.text ?? "";
}
