import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { buildWorker, type WorkerFiles } from "../../../runtime/inference/build/worker.ts";
import { type NativePlaces, probeNative } from "../../../runtime/inference/probe.ts";
import { buildMemoryAddon } from "../../../runtime/memory/build/addon.ts";
import { systemClock } from "../../../runtime/platform/index.ts";
import { tempFolder } from "../../support/temp-folder.ts";

let files: WorkerFiles;
let memoryAddon: string;
beforeAll(async () => {
  files = await buildWorker();
  memoryAddon = await buildMemoryAddon();
});

const places = (program: string, library: string): NativePlaces => ({
  command: [program, library],
  needs: [program, library],
  memoryAddon,
});

async function probe(where: NativePlaces, addressSpace?: number) {
  const probed = await probeNative(where, { clock: systemClock(), ...(addressSpace === undefined ? {} : { addressSpace }) });
  await probed.provider?.close();
  return probed;
}

test("a worker that works says how", async () => {
  const { name, provider, detail } = await probe(places(files.program, files.library));
  expect([name, provider?.name]).toEqual(["native-cpu", "native-cpu"]);
  expect(detail).toMatch(/^ONNX Runtime 1\.\d+\.\d+, (Landlock \d+|no Landlock), seccomp, as user \d+$/);
});

test("what is missing, of another machine, no library or too small is one line, and no error", async () => {
  using folder = tempFolder("probe");
  const at = (name: string) => join(folder.path, name);
  expect(await probe(places(at("nothing"), files.library))).toEqual({
    name: "native-cpu",
    detail: `${at("nothing")} is not there`,
  });
  expect(await probe({ ...places(files.program, files.library), memoryAddon: at("addon") })).toMatchObject({
    detail: `${at("addon")} is not there`,
  });

  // The machine's number, at 18 in an ELF file's head
  const program = readFileSync(files.program);
  program.writeUInt16LE(0xf3, 18);
  writeFileSync(at("foreign"), program);
  chmodSync(at("foreign"), 0o755);
  expect(await probe(places(at("foreign"), files.library))).toMatchObject({ detail: expect.stringContaining("E_INFER_WORKER") });

  writeFileSync(at("library.so"), "no library");
  expect(await probe(places(files.program, at("library.so")))).toMatchObject({
    detail: expect.stringMatching(/exit code 5: .*library\.so/),
  });

  writeFileSync(at("addon.node"), "no addon");
  expect(await probe({ ...places(files.program, files.library), memoryAddon: at("addon.node") })).toMatchObject({
    detail: expect.stringContaining("E_INFER_WORKER"),
  });

  const { provider, detail } = await probe(places(files.program, files.library), 1024 * 1024);
  expect(provider).toBeUndefined();
  expect(detail).toContain("E_INFER_WORKER");
});
