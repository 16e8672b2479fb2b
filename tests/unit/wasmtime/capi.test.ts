import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { wasmtimePackage } from "../../../runtime/wasmtime/build/library.ts";
import { defaultPlaces } from "../../../runtime/wasmtime/build/places.ts";
import { thisTarget } from "../../../runtime/wasmtime/build/targets.ts";

// Holds native/wasmtime_capi.h against the ctypes declarations that ship with the library it is linked to. Both are
// reduced to the same words: "u8", "i32", "ptr", "fn" ...; structures to the words of their fields.

const C_WORDS: Readonly<Record<string, string>> = {
  void: "void",
  bool: "bool",
  char: "i8",
  uint8_t: "u8",
  int32_t: "i32",
  uint32_t: "u32",
  int64_t: "i64",
  uint64_t: "u64",
  size_t: "usize",
  float: "f32",
  double: "f64",
};

const PYTHON_WORDS: Readonly<Record<string, string>> = {
  None: "void",
  c_bool: "bool",
  c_char: "i8",
  c_ubyte: "u8",
  c_uint8: "u8",
  c_int: "i32",
  c_int32: "i32",
  c_uint32: "u32",
  c_int64: "i64",
  c_uint64: "u64",
  c_size_t: "usize",
  c_float: "f32",
  c_double: "f64",
  c_void_p: "ptr",
  "c_uint8 * 16": "wasmtime_v128",
};

interface Declarations {
  readonly functions: ReadonlyMap<string, string>;
  readonly structures: ReadonlyMap<string, string>;
}

/** One C type or parameter to a word; a structure is its name. */
function cWord(text: string): string {
  const type = text.replace(/\b(const|struct|union)\b/g, "").trim();
  if (/[*[]/.test(type) || type.startsWith("wasmtime_finalizer_t") || type.includes("callback_t")) return "ptr";
  const name = type.split(/\s+/)[0] as string;
  return C_WORDS[name] ?? name.replace(/_t$/, "");
}

function parseHeader(source: string): Declarations {
  const text = source.replace(/\/\/.*$/gm, "").replace(/^#.*$/gm, "");
  const functions = new Map<string, string>();
  for (const [, result, star, name, parameters] of text.matchAll(/^(?!typedef)([\w ]+?) ?(\*?)(\w+)\(([^)]*)\);$/gm)) {
    const list = parameters === "void" ? [] : (parameters as string).split(",").map(cWord);
    functions.set(name as string, `${cWord(`${result}${star}`)}(${list.join(",")})`);
  }
  const structures = new Map<string, string>();
  for (const [, kind, name, body] of text.matchAll(/typedef (struct|union) (\w+) \{((?:[^{}]|\{[^{}]*\})*)\} \w+;/g)) {
    structures.set((name as string).replace(/_t$/, ""), `${kind}{${fields(body as string)}}`);
  }
  return { functions, structures };
}

function fields(body: string): string {
  const flat = body.replace(/struct \{([^{}]*)\};/g, (_, inner: string) => `anonymous<${fields(inner).replaceAll(";", ",")}> x;`);
  return flat
    .split(";")
    .map((field) => field.trim())
    .filter((field) => field !== "")
    .map((field) => (field.startsWith("anonymous") ? field.replace(" x", "") : cWord(field)))
    .join(";");
}

/** One ctypes expression to a word. */
function pythonWord(text: string, aliases: ReadonlyMap<string, string>): string {
  const type = text.trim();
  if (/POINTER|CFUNCTYPE/.test(type)) return "ptr";
  const name = type.replace("ctypes.", "");
  const known = PYTHON_WORDS[name];
  if (known !== undefined) return known;
  const alias = aliases.get(name);
  return alias === undefined || alias === name ? name.replace(/_t$/, "") : pythonWord(alias, aliases);
}

/** Splits at the commas outside of brackets. */
function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = "";
  for (const letter of text) {
    if ("([".includes(letter)) depth++;
    if (")]".includes(letter)) depth--;
    if (letter === "," && depth === 0) {
      parts.push(part);
      part = "";
    } else {
      part += letter;
    }
  }
  return part.trim() === "" ? parts : [...parts, part];
}

function parseBindings(source: string): Declarations {
  const aliases = new Map(
    [...source.matchAll(/^(\w+) = ([\w.(),* ]+)$/gm)].map(([, name, type]) => [name as string, type as string]),
  );
  const functions = new Map<string, string>();
  for (const [, name, result, parameters] of source.matchAll(/^_(\w+)\.restype = (.*)\n_\w+\.argtypes = \[(.*)\]$/gm)) {
    const list = splitArguments(parameters as string).map((parameter) => pythonWord(parameter, aliases));
    functions.set(name as string, `${pythonWord(result as string, aliases)}(${list.join(",")})`);
  }
  const raw = new Map<string, { kind: string; fields: string[] }>();
  for (const [, name, kind, body] of source.matchAll(
    /^class (\w+)\(ctypes\.(Structure|Union)\):\n {4}_fields_ = \[\n([\s\S]*?)\n {4}\]/gm,
  )) {
    const types = [...(body as string).matchAll(/\("\w+", (.*)\),$/gm)].map(([, type]) => type as string);
    raw.set(name as string, { kind: kind === "Union" ? "union" : "struct", fields: types });
  }
  const structures = new Map<string, string>();
  for (const [name, { kind, fields: types }] of raw) {
    const words = types.map((type) => {
      const anonymous = type.includes("_anon_") ? raw.get(type) : undefined;
      return anonymous
        ? `anonymous<${anonymous.fields.map((inner) => pythonWord(inner, aliases)).join(",")}>`
        : pythonWord(type, aliases);
    });
    structures.set(name.replace(/_t$/, ""), `${kind}{${words.join(";")}}`);
  }
  return { functions, structures };
}

let header: Declarations;
let bindings: Declarations;

beforeAll(async () => {
  const places = defaultPlaces();
  header = parseHeader(readFileSync(join(places.root, "native/wasmtime_capi.h"), "utf8"));
  bindings = parseBindings(readFileSync(join(await wasmtimePackage(thisTarget(), places), "_bindings.py"), "utf8"));
});

// The header writes every reference to a garbage-collected value as anyref: their layouts are equal, as checked here.
const REFERENCES = /wasmtime_(externref|exnref)/g;

describe("native/wasmtime_capi.h", () => {
  test("declares every function as the library does", () => {
    expect(header.functions.size).toBeGreaterThan(100);
    for (const [name, declared] of header.functions)
      expect(`${name}: ${declared}`).toBe(`${name}: ${bindings.functions.get(name)}`);
  });

  test("lays out every structure as the library does", () => {
    expect(header.structures.size).toBeGreaterThan(15);
    for (const [name, declared] of header.structures) {
      const actual = bindings.structures.get(name)?.replace(REFERENCES, "wasmtime_anyref");
      expect(`${name}: ${declared}`).toBe(`${name}: ${actual}`);
    }
    for (const name of ["wasmtime_externref", "wasmtime_exnref"]) {
      expect(bindings.structures.get(name)).toBe(bindings.structures.get("wasmtime_anyref"));
    }
  });
});
