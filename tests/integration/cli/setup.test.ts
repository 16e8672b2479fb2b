import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ROOT } from "../../support/cli.ts";

/** A checkout with nothing installed: only what runs before anything is. */
let checkout: string;
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "steppps-checkout-"));
  mkdirSync(join(checkout, "runtime/cli"), { recursive: true });
  for (const part of ["runtime/cli", "runtime/platform"])
    cpSync(join(ROOT, part), join(checkout, part), { recursive: true, filter: (path) => !path.endsWith(".ts") });
  cpSync(join(ROOT, "runtime/wasmtime"), join(checkout, "runtime/wasmtime"), {
    recursive: true,
    filter: (path) => !path.includes("prebuilt"),
  });
});
afterEach(() => rmSync(checkout, { recursive: true }));

/** Runs a program of the checkout on a machine whose only other programs are those in `path`. */
function run(program: string, args: readonly string[], path: string) {
  return spawnSync(process.execPath, [join(checkout, program), ...args], { encoding: "utf8", env: { PATH: path } });
}

test("setup names each thing that the machine lacks, and the command that gets it", () => {
  const { status, stderr } = run("runtime/cli/setup.mjs", ["start"], join(checkout, "empty"));
  expect(status).toBe(1);
  expect(stderr).toMatch(/^missing: git$/m);
  expect(stderr).toMatch(/^missing: python3 with pip$/m);
  expect(stderr).toMatch(/^missing: a C\+\+ compiler$/m);
  expect(stderr).toMatch(/^ {2}(sudo apt-get install -y|sudo dnf install -y|sudo apk add|brew install) git python3/m);
  expect(stderr).toMatch(/Then run this command again\.\n$/);
});

test.each([[[]], [["dance"]]])("setup %j says how it is called", (args) => {
  const { status, stderr } = run("runtime/cli/setup.mjs", args, "");
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: "usage: node runtime/cli/setup.mjs start|test|properties|bench|image|emulate|flash|kernel [arguments]\n",
  });
});
