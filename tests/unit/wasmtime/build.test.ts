import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildAddon } from "../../../runtime/wasmtime/build/addon.ts";
import { fingerprint } from "../../../runtime/wasmtime/build/fingerprint.ts";
import { defaultPlaces, type Places, prebuilt } from "../../../runtime/wasmtime/build/places.ts";
import { parseTarget, TARGETS, thisTarget } from "../../../runtime/wasmtime/build/targets.ts";
import { lockedWheel, unpackedWheel } from "../../../runtime/wasmtime/build/wheel.ts";
import { defaultBindingPath, loadBinding } from "../../../runtime/wasmtime/src/index.ts";
import { thrown } from "./support.ts";

// On a copy of the package, so that the real build stays as it is.
let places: Places;

beforeEach(() => {
  const real = defaultPlaces();
  const folder = mkdtempSync(join(tmpdir(), "wasmtime-build-"));
  places = { ...real, root: join(folder, "package") };
  for (const name of ["native", "build"]) cpSync(join(real.root, name), join(places.root, name), { recursive: true });
});

afterEach(() => {
  rmSync(join(places.root, ".."), { recursive: true });
});

describe("the build", () => {
  test("leaves alone what is up to date, and notices any change", async () => {
    const home = prebuilt(places, thisTarget());
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, "wasmtime_node.node"), "the addon");
    writeFileSync(join(home, "fingerprint"), fingerprint(thisTarget(), places));
    expect(readFileSync(await buildAddon(thisTarget(), places), "utf8")).toBe("the addon");

    const before = fingerprint(thisTarget(), places);
    writeFileSync(join(places.root, "native", "func.cc"), "// changed");
    expect(fingerprint(thisTarget(), places)).not.toBe(before);
    expect(fingerprint("aarch64-linux-musl", places)).not.toBe(fingerprint("aarch64-linux-gnu", places));
  });

  test("a source that does not compile leaves the old addon in place", async () => {
    const home = prebuilt(places, thisTarget());
    mkdirSync(home, { recursive: true });
    copyFileSync(defaultBindingPath(), join(home, "wasmtime_node.node"));
    const size = statSync(join(home, "wasmtime_node.node")).size;
    writeFileSync(join(places.root, "native", "addon.cc"), "this is no C++");
    for (const name of [
      "engine.cc",
      "func.cc",
      "items.cc",
      "linker.cc",
      "module.cc",
      "napi.cc",
      "reactor.cc",
      "reactor_api.cc",
    ]) {
      rmSync(join(places.root, "native", name));
    }
    await expect(buildAddon(thisTarget(), places)).rejects.toThrow(/failed with exit code/);
    expect(statSync(join(home, "wasmtime_node.node")).size).toBe(size);
  });

  test("knows its targets, each with a pinned library", () => {
    expect(TARGETS).toContain(thisTarget());
    for (const target of TARGETS)
      expect(lockedWheel("wasmtime", target)).toMatchObject({
        version: "50.0.1",
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
    expect(() => parseTarget("sparc-linux-gnu")).toThrow("x86_64-linux-gnu");
    expect(() => lockedWheel("wasmtime", "sparc-linux-gnu")).toThrow("lock.json has no wasmtime for sparc-linux-gnu");
  });

  test("refuses a wheel with another content than the lock says", async () => {
    const cache = join(places.root, "cache");
    const wheel = { ...lockedWheel("wasmtime", thisTarget()), sha256: "0".repeat(64) };
    await expect(unpackedWheel(wheel, cache)).rejects.toThrow(/has the SHA-256 .* but lock.json says 000/);
    expect(existsSync(join(cache, "wasmtime", "0".repeat(16)))).toBe(false);
  });
});

describe("loading the addon", () => {
  test("gives the same functions each time", () => {
    expect(loadBinding()).toBe(loadBinding());
  });

  test("says what is missing and how to build it", () => {
    const error = thrown(() => loadBinding("/nowhere/wasmtime_node.node"));
    expect(error.code).toBe("binding");
    expect(error.message).toContain(`node build/main.ts --target ${thisTarget()}`);
    expect(error.cause).toBeInstanceOf(Error);
  });
});
