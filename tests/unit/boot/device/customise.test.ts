import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { customise, merge } from "../../../../runtime/boot/device/customise.ts";
import { FIRST_DOCUMENT } from "../../../../runtime/boot/first-document.ts";
import { readDocument } from "../../../../runtime/boot/read-document.ts";
import { linuxBootVolume, linuxFiles } from "../../../../runtime/platform/index.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

function card(path: string) {
  mkdirSync(join(path, "boot"));
  const options = {
    volume: linuxBootVolume({ path: join(path, "boot"), remount: false }),
    files: linuxFiles(),
    mark: join(path, "mark"),
  };
  const at = (name: string) => join(path, "boot", name);
  return {
    run: () => customise(options),
    write: (name: string, text: string) => writeFileSync(at(name), text),
    read: () => readFileSync(at("steppps.yaml"), "utf8"),
  };
}

test("an untouched document takes the customisation, keeps its comments, and that only once", async () => {
  using folder = tempFolder("customise");
  const { run, write, read } = card(folder.path);
  write("user-data", "#cloud-config\nhostname: hall\nusers: [{ name: pi }]\n");
  write("steppps.yaml", FIRST_DOCUMENT);
  expect(await run()).toMatchObject([{ code: "E_DEVICE_CUSTOMISATION_LEFT" }]);
  expect(readDocument(read())).toEqual({ name: "hall" });
  expect(read()).toContain("# owners:");
  write("steppps.yaml", "name: garden\n");
  expect(await run()).toEqual([]);
  expect(read()).toBe("name: garden\n");
});

test("what a person wrote counts more, and a part that is wrong is left out", async () => {
  const { content, notes } = await merge("name: mine\n", {
    name: "hall",
    timezone: "Mars/Olympus",
    network: { dns: ["9.9.9.9"] },
    notes: [],
  });
  expect(readDocument(content)).toEqual({ name: "mine", network: { dns: ["9.9.9.9"] } });
  expect(notes).toEqual([expect.stringContaining("Mars/Olympus")]);
});

test("files that can't be read keep no device from starting, and are said each time", async () => {
  using folder = tempFolder("customise");
  const { run, write } = card(folder.path);
  expect(await run()).toEqual([]);
  write("user-data", "hostname: [");
  expect(await run()).toMatchObject([{ code: "E_DEVICE_CUSTOMISATION" }]);
  expect(await run()).toMatchObject([{ code: "E_DEVICE_CUSTOMISATION" }]);
  write("user-data", `hostname: ${"x".repeat(70_000)}\n`);
  expect(await run()).toMatchObject([{ code: "E_FILE_TOO_LARGE" }]);
  const names = "bcdefgh".split("").map((name, i) => `${name}: &${name} [${`*${"abcdefgh"[i]},`.repeat(9)}]`);
  write("user-data", `a: &a [x,x]\n${names.join("\n")}\n`);
  expect(await run(), "an alias bomb").toMatchObject([{ code: "E_DEVICE_CUSTOMISATION" }]);
});
