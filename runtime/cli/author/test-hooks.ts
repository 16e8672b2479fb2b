import { registerHooks } from "node:module";

// Preloaded by `steppps plugin test` into each test's process: "steppps/test" is this checkout's harness, wherever the plugin stands.
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "steppps/test"
      ? { url: new URL("../../testing/index.ts", import.meta.url).href, shortCircuit: true }
      : next(specifier, context),
});
