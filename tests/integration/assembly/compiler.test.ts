import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Compiler, createCompiler } from "../../../assembly/compiler/index.ts";
import { ABI_CALLS, ABI_ENTRY, ABI_MODULE, ABI_READ, ABI_SAVE } from "../../../runtime/contract/index.ts";

const plugin = (body: string): string => `
import { Message, on, publish, state, workflow } from "steppps";
@workflow({ version: "1.0.0" })
class Probe {
  ${body}
}`;
const GOOD = plugin('@on("a") f(m: Message): void { publish("b", m.bytes()); }');

let compiler: Compiler;
let folder: string;
beforeAll(async () => {
  compiler = await createCompiler();
  folder = await mkdtemp(join(tmpdir(), "plugin-"));
});
afterAll(() => rm(folder, { recursive: true }));

const compile = (source: string, files: Record<string, string> = {}) =>
  compiler.compile({ entry: "rules/plugin.ts", read: (path) => (path === join("rules", "plugin.ts") ? source : files[path]) });

async function mistakes(source: string, files: Record<string, string> = {}) {
  const result = await compile(source, files);
  return result.ok ? [] : result.diagnostics;
}

describe("a module", () => {
  test("imports what the ABI has and abort, and exports its entries and memory", async () => {
    const result = await compile(GOOD);
    if (!result.ok) throw new Error("it should compile");
    const module = new WebAssembly.Module(result.wasm as BufferSource);
    const known = new Set([...ABI_CALLS.map((call) => `${ABI_MODULE}.${call.name}`), `${ABI_MODULE}.${ABI_READ}`, "env.abort"]);
    for (const { module: from, name } of WebAssembly.Module.imports(module)) expect(known).toContain(`${from}.${name}`);
    const exported = WebAssembly.Module.exports(module).map((one) => `${one.kind} ${one.name}`);
    expect(exported.sort()).toEqual([`function ${ABI_ENTRY}`, `function ${ABI_SAVE}`, "memory memory"]);
  });

  test("is the same bytes each time", async () => {
    const [first, second] = [await compile(GOOD), await compile(GOOD)];
    expect(first.ok && second.ok && Buffer.compare(first.wasm, second.wasm)).toBe(0);
  });

  test("has names and a source map for backtraces when asked", async () => {
    const read = (path: string) => (path === "plugin.ts" ? GOOD : undefined);
    const result = await compiler.compile({ entry: "plugin.ts", read, debug: true });
    if (!result.ok) throw new Error("it should compile");
    expect(WebAssembly.Module.customSections(new WebAssembly.Module(result.wasm as BufferSource), "name")).toHaveLength(1);
    expect(JSON.parse(result.sourceMap as string).sources).toContain("plugin.ts");
  });
});

describe("files", () => {
  test("come from the disk, with those that they import", async () => {
    await writeFile(
      join(folder, "plugin.ts"),
      `import { half } from "./half";\n${plugin('@on("a") f(): void { publish("b", half(4).toString()); }')}`,
    );
    await writeFile(join(folder, "half.ts"), "export function half(x: f64): f64 { return x / 2; }");
    const entry = join(folder, "plugin.ts");
    expect(await compiler.compile({ entry })).toMatchObject({ ok: true });
    await writeFile(join(folder, "half.ts"), "export function half(x: f64): f64 { return x?.y; }");
    expect(await compiler.compile({ entry })).toMatchObject({
      ok: false,
      diagnostics: [{ file: join(folder, "half.ts"), line: 1, column: 45 }],
    });
  });

  test("that are not there are said to be", async () => {
    expect(await compiler.compile({ entry: join(folder, "none.ts") })).toMatchObject({
      ok: false,
      diagnostics: [{ message: "there is no such file" }],
    });
    const [missing] = await mistakes(`import { x } from "./none";\n${GOOD}`);
    expect(missing).toMatchObject({
      file: join("rules", "plugin.ts"),
      line: 1,
      hint: expect.stringContaining("beside this one"),
    });
  });
});

describe("type errors are shown where they are, with what to write", () => {
  test.each([
    ["an unknown name", '@on("a") f(): void { nothing(1); }', /Cannot find name 'nothing'/, /import it/],
    [
      "an unknown name in a payload",
      '@on("a") f(): void { publish("b", nothing); }',
      /Type argument expected/,
      /declared and spelled right/,
    ],
    [
      "a fraction into an integer",
      '@state n: i32 = 0;\n@on("a") f(m: Message): void { this.n = m.json().f64("x"); }',
      /'f64' to 'i32'/,
      /<i32>/,
    ],
    [
      "a text into an integer",
      '@state n: i32 = 0;\n@on("a") f(): void { this.n = "x"; }',
      /Type 'string' is not assignable to type 'i32'/,
      /^$/,
    ],
    ["a closure", '@on("a") f(): void { let n = 1; [1].forEach((x: i32): void => { n += x; }); }', /Closures/, /Use a for loop/],
    [
      "an unknown member",
      '@on("a") f(m: Message): void { m.json().nothing(); }',
      /Property 'nothing' does not exist on type 'Json'/,
      /^$/,
    ],
    ["a payload of an odd type", '@on("a") f(m: Message): void { publish("b", 5); }', /^publish\(\) takes a string/, /^$/],
  ])("%s", async (_, body, message, hint) => {
    const [first] = await mistakes(plugin(body));
    expect(first?.message).toMatch(message);
    expect(first?.hint ?? "").toMatch(hint);
    const { file, source, column } = first as NonNullable<typeof first>;
    expect(file).toBe(join("rules", "plugin.ts"));
    expect(source.length).toBeGreaterThanOrEqual(column);
  });

  test("in the author's file, not in generated code", async () => {
    const [first] = await mistakes(plugin('@on("a") f(): void {\n    const x: i32 = "text";\n  }'));
    expect(first).toMatchObject({ file: join("rules", "plugin.ts"), line: 6, source: '    const x: i32 = "text";' });
  });
});
