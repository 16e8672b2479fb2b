import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { crossingNetwork } from "../../../assembly/models/crossing.ts";
import { type StartedSupervisor, startSupervisor, steppps } from "../../support/cli.ts";

let work: string;
const run = (...args: string[]) => steppps(["model", ...args], { data: join(work, "data"), cwd: work });
const result = async (...args: string[]) => {
  const { code, stdout, stderr } = await run(...args, "--json");
  const value = stdout === "" ? undefined : JSON.parse(stdout);
  return { code, value, error: code === 0 ? undefined : JSON.parse(stderr.trim().split("\n").at(-1) ?? "").error.code };
};

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), "steppps-model-"));
  writeFileSync(join(work, "Crossing Net.onnx"), crossingNetwork());
});
afterAll(() => rmSync(work, { recursive: true }));

describe("add", () => {
  test("makes a folder of an ONNX file, and its golden vectors fit", async () => {
    const added = await result("add", "Crossing Net.onnx", "--licence", "Apache-2.0", "--range", "in=-1..1");
    expect(added).toMatchObject({
      code: 0,
      value: { name: "crossing-net", parameters: 4744, inputs: [{ name: "in", dims: [-1, 64], min: -1, max: 1 }] },
    });
    expect(readdirSync(join(work, "crossing-net")).sort()).toEqual(["golden", "model.onnx", "model.yaml"]);
    const tested = await result("test", "crossing-net");
    expect(tested.code).toBe(0);
    expect(tested.value.results).toContainEqual(expect.objectContaining({ provider: "wasm", vectors: 3 }));
  });

  test.each<[string, string[], string]>([
    ["no licence", [], "E_CLI_OPTION"],
    ["an input that isn't there", ["--licence", "MIT", "--range", "out=0..1"], "E_CLI_OPTION"],
    ["dims that don't fit", ["--licence", "MIT", "--dims", "in=1x2x3"], "E_CLI_OPTION"],
    ["a licence that is none", ["--licence", "do what you want", "--name", "bad"], "E_MODEL"],
  ])("refuses %s, and writes nothing", async (_, options, code) => {
    const before = readdirSync(work);
    expect((await result("add", "Crossing Net.onnx", "--name", "other", ...options)).error).toBe(code);
    expect(readdirSync(work)).toEqual(before);
  });

  test("refuses what is no ONNX", async () => {
    writeFileSync(join(work, "text.onnx"), "hello");
    expect((await result("add", "text.onnx", "--licence", "MIT")).error).toMatch(/^E_MODEL_/);
  });
});

test("bench says what each provider does", async () => {
  const { code, value } = await result("bench", "crossing-net", "--seconds", "0.2");
  expect(code).toBe(0);
  const wasm = value.results.find(({ provider }: { provider: string }) => provider === "wasm");
  expect(wasm.p50).toBeGreaterThan(0);
  expect(wasm.batched).toBeGreaterThan(wasm.single);
});

describe("on a device", () => {
  let device: StartedSupervisor;
  const supervisor = () => startSupervisor({ data: join(work, "data"), cwd: work });
  beforeAll(async () => {
    const keys = (...args: string[]) => steppps(["keys", ...args, "--json"], { data: join(work, "data"), cwd: work });
    await keys("new");
    writeFileSync(join(work, "owner.pub"), `${JSON.parse((await keys("show")).stdout).public}\n`);
    await keys("trust", "owner.pub");
    device = await supervisor();
  });
  afterAll(() => device.stop());

  test("a model is signed, deployed, listed, still there after a restart, and removed", async () => {
    const signed = await result("sign", "crossing-net");
    expect(signed.value.file).toBe(join(work, "crossing-net/crossing-net-1.0.0.model"));
    expect(await result("deploy", "crossing-net/crossing-net-1.0.0.model")).toMatchObject({
      code: 0,
      value: { ok: true, version: "1.0.0" },
    });
    const listed = { value: [{ name: "crossing-net", version: "1.0.0", state: "ready", inputs: ["in float32[?,64]"] }] };
    expect(await result("list")).toMatchObject(listed);
    await device.stop();
    device = await supervisor();
    await expect.poll(() => result("list")).toMatchObject(listed);
    expect((await result("rollback", "crossing-net")).error).toBe("E_MODEL_UNKNOWN");
    expect((await result("remove", "crossing-net")).code).toBe(0);
    expect((await result("list")).value).toEqual([]);
  });

  test("one that somebody else signed is refused", async () => {
    await steppps(["keys", "new", "stranger"], { data: join(work, "other"), cwd: work });
    const { stdout } = await steppps(["model", "sign", "crossing-net", "--key", "stranger", "--out", "strange", "--json"], {
      data: join(work, "other"),
      cwd: work,
    });
    expect((await result("deploy", JSON.parse(stdout).file)).error).toBe("E_ENVELOPE_SIGNER");
    expect((await result("list")).value).toEqual([]);
  });
});
