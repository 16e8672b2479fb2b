import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { makeBundle } from "../../runtime/pixel/index.ts";
import { SUPERVISOR } from "./layout.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** One file for each thread: what begins a thread has to be a file. */
const ENTRIES = {
  supervisor: "runtime/boot/device/entry.ts",
  "store-thread": "runtime/store/thread/main.ts",
};

/** What a checkout needs and a device hasn't: never reached there, as the page's files are made ahead. */
const ABSENT = ["esbuild"];

/**
 * The supervisor as a device has it: `supervisor.cjs`, `store-thread.cjs` and `page.json` in `folder`. CommonJS, as a start-up
 * snapshot takes no modules; what is imported when it is needed stays unevaluated until then. Returns the packages in it.
 */
export async function bundleSupervisor(folder: string): Promise<BundledPackage[]> {
  await mkdir(folder, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ENTRIES,
    outdir: folder,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node24",
    minifySyntax: true,
    minifyWhitespace: true,
    external: ABSENT,
    // A copy of Node's own streams for older Nodes, which the broker's library asks for: 120 KB that are here already.
    alias: { "readable-stream": "node:stream" },
    // Sources find what lies beside them by this. On a device `Parts` says where things are instead.
    define: { "import.meta.url": JSON.stringify(`file://${SUPERVISOR.bundle}`) },
    // What Node shows of an uncaught error is its line.
    lineLimit: 200,
    logLevel: "warning",
    metafile: true,
  });
  // What it was made from is a checkout's concern.
  await writeFile(join(folder, "page.json"), JSON.stringify({ ...(await makeBundle()), inputs: {} }));
  return packagesOf(Object.keys(metafile.inputs));
}

/** A package of npm's whose code is in the bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** As its package.json has it: an SPDX expression. */
  readonly license: string;
}

/** By the files that came from `node_modules`, which may lie within each other. */
async function packagesOf(inputs: readonly string[]): Promise<BundledPackage[]> {
  const folders = inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []);
  const packages = [...new Set(folders)].map(async (folder): Promise<BundledPackage> => {
    const { name, version, license } = JSON.parse(await readFile(join(ROOT, folder, "package.json"), "utf8"));
    return { name, version, license: typeof license === "string" ? license : "NOASSERTION" };
  });
  return (await Promise.all(packages)).sort((a, b) => (a.name < b.name ? -1 : 1));
}
