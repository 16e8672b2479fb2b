#!/usr/bin/env node
// The command `steppps`, on Node 24: the one that was called where it is one, the checkout's own otherwise.
import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import v8 from "node:v8";
import { NODE_FLAGS } from "../platform/node-flags.mjs";
import { bundleIsFresh, OUT, PROGRAM } from "./bundle/fresh.mjs";
import { NODE, NODE_MAJOR, run } from "./launch.mjs";

if (NODE === process.execPath) {
  // Before any other thread is there; 'npm start' has them from the beginning
  for (const flag of NODE_FLAGS) v8.setFlagsFromString(flag);
  if (bundleIsFresh()) {
    module.enableCompileCache(`${OUT}/compiled`);
    // The bundle's parts name each other, and are no links: Node would look for those in the path of each of some 140 imports,
    // character by character, which alone wakes V8's optimising compilers
    const folder = pathToFileURL(`${OUT}/`).href;
    module.registerHooks({
      resolve: (name, from, next) =>
        name.startsWith("./") && from.parentURL?.startsWith(folder)
          ? { url: folder + name.slice(2), format: "module", shortCircuit: true }
          : next(name, from),
    });
    await import(PROGRAM);
  } else await import("./steppps.ts");
} else if (existsSync(NODE)) {
  process.exitCode = await run(NODE, [fileURLToPath(import.meta.url), ...process.argv.slice(2)]);
} else {
  process.stderr.write(
    `steppps needs Node ${NODE_MAJOR}; this is ${process.version}. 'npm start' in the checkout installs it.\n`,
  );
  process.exitCode = 1;
}
