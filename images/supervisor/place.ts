import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { NODE_FLAGS } from "../../runtime/platform/index.ts";
import { buildAddon } from "../../runtime/wasmtime/build/addon.ts";
import { bundleSupervisor } from "./bundle.ts";
import { SUPERVISOR } from "./layout.ts";
import { buildSnapshot } from "./snapshot.ts";

/** What busybox's DHCP and NTP clients call, and what holds a stick's mount; by where a device has them. */
export const SCRIPTS: Readonly<Record<string, URL>> = {
  [SUPERVISOR.tell]: new URL("tell.sh", import.meta.url),
  [SUPERVISOR.stick]: new URL("stick.sh", import.meta.url),
};
const TARGETS = { arm64: "aarch64-linux-musl", x86_64: "x86_64-linux-musl" } as const;

/**
 * Puts the supervisor into a device's tree that has Node and its libraries: bundle, page, addon, start-up snapshot. `emulator` as
 * `buildSnapshot` wants it.
 */
export async function placeSupervisor(root: string, arch: keyof typeof TARGETS, emulator: string): Promise<void> {
  const folder = join(root, SUPERVISOR.folder);
  await mkdir(folder, { recursive: true });
  await bundleSupervisor(folder);
  const addon = await buildAddon(TARGETS[arch]);
  for (const [from, to] of [
    [addon, "wasmtime.node"],
    [join(dirname(addon), "libwasmtime.so"), "libwasmtime.so"],
  ] as const) {
    await copyFile(from, join(folder, to));
    await chmod(join(folder, to), 0o644);
  }
  await buildSnapshot(root, emulator);
  const node = ["/usr/bin/node", ...NODE_FLAGS];
  // A processor that lacks what V8 counts on refuses the snapshot, and needs the bundle.
  await writeFile(join(root, SUPERVISOR.command), [...node, "--snapshot-blob", SUPERVISOR.snapshot, ""].join("\n"));
  await writeFile(join(root, SUPERVISOR.fallback), [...node, SUPERVISOR.bundle, ""].join("\n"));
  for (const [path, script] of Object.entries(SCRIPTS)) {
    await copyFile(script, join(root, path));
    await chmod(join(root, path), 0o755);
  }
}
