import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { build, type Plugin } from "esbuild";
import { INPUTS, OUT, ROOT } from "./fresh.mjs";

/**
 * Bundles the command line and the supervisor for this checkout: the same program, without reading and stripping some
 * three hundred source files at every start. `steppps.mjs` runs the bundle while it is fresh, the sources otherwise.
 */
const ENTRIES = {
  steppps: "runtime/cli/steppps.ts",
  "store-thread": "runtime/store/thread/main.ts",
  "inference-thread": "runtime/inference/portable/thread.ts",
};

/** Resolves a source's URLs as if it still lay where it does: SDK, templates and addon are not copied. */
const BANNER = `import { createRequire as __createRequire } from "node:module";
const require = (id) => process.getBuiltinModule(id) ?? __createRequire(import.meta.url)(id);
const __bundle = import.meta.url;
const __source = (path) => new URL("../../" + path, import.meta.url).href;`;

const sourceUrls: Plugin = {
  name: "source-urls",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (path.includes("node_modules")) return undefined;
      const name = relative(ROOT, path).replaceAll("\\", "/");
      const text = await readFile(path, "utf8");
      // A thread is started from the bundle; everything else that a source names beside itself is where it was.
      const contents = text
        .replace(/new URL\("([^"]+)", import\.meta\.url\)/g, (whole, to: string) => {
          const thread = Object.entries(ENTRIES).find(([, source]) => join(ROOT, source) === join(dirname(path), to));
          return thread ? `new URL("./${thread[0]}.js", __bundle)` : whole;
        })
        .replaceAll("import.meta.url", `__source(${JSON.stringify(name)})`);
      return { contents, loader: "ts" };
    });
  },
};

await rm(OUT, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: ENTRIES,
  outdir: OUT,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node24",
  minifySyntax: true,
  minifyWhitespace: true,
  external: ["@homebridge/ciao", "assemblyscript", "esbuild", "mqtt"],
  // A copy of Node's own streams for older Nodes, which the broker's library asks for: 120 KB that are here already.
  alias: { "readable-stream": "node:stream" },
  banner: { js: BANNER },
  plugins: [sourceUrls],
  metafile: true,
  logLevel: "warning",
});
const sources = [
  ...Object.keys(metafile.inputs).filter((path) => !path.includes("node_modules")),
  "package-lock.json",
  "runtime/cli/bundle/main.ts",
];
const inputs = await Promise.all(
  sources.map(async (path) => {
    const { size, mtimeMs } = await stat(join(ROOT, path));
    return [path, size, mtimeMs];
  }),
);
await writeFile(INPUTS, JSON.stringify(inputs));
