import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { generateKeys, listKeys, loadKeys, saveKeys } from "../../../runtime/trust/index.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "steppps-keys-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

test("saves keys that only their owner can read, and loads the same ones", () => {
  const keys = generateKeys();
  const path = saveKeys(dir, keys, "home");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(loadKeys(dir, "home").public.id).toBe(keys.public.id);
  expect(listKeys(dir)).toEqual(["home"]);
});

test("makes the folder, closed to others", () => {
  const inside = join(dir, "deep", "keys");
  saveKeys(inside, generateKeys());
  expect(statSync(inside).mode & 0o777).toBe(0o700);
});

test("never overwrites a key", () => {
  const path = saveKeys(dir, generateKeys());
  const before = readFileSync(path, "utf8");
  expect(() => saveKeys(dir, generateKeys())).toThrow("E_KEY_EXISTS");
  expect(readFileSync(path, "utf8")).toBe(before);
});

test.each([0o640, 0o604, 0o620, 0o660])("refuses a key file of mode %o", (mode) => {
  chmodSync(saveKeys(dir, generateKeys()), mode);
  expect(() => loadKeys(dir)).toThrow("E_KEY_PERMISSIONS");
});

test.each(["missing", "../owner", "", "Owner"])("there is no key named %j", (name) => {
  expect(() => loadKeys(dir, name)).toThrow("E_KEY_MISSING");
});

test("there are no keys where there is no folder", () => {
  expect(listKeys(join(dir, "nowhere"))).toEqual([]);
});

test.each([
  ["not JSON", "{"],
  ["no keys", '{"keys":[]}'],
  ["not a set", "null"],
  ["another key type", '{"keys":[{"kty":"oct","k":"c2VjcmV0"},{"kty":"oct","k":"c2VjcmV0"}]}'],
  ["too large", " ".repeat(100_000)],
])("refuses a key file with %s, and quotes nothing of it", (_, content) => {
  writeFileSync(join(dir, "owner.jwks.json"), content, { mode: 0o600 });
  expect(() => loadKeys(dir)).toThrow(/^E_KEY_FORMAT: [^{}]*owner\.jwks\.json$/);
});

test("refuses a file with the two keys in each other's place", () => {
  const path = saveKeys(dir, generateKeys());
  const { keys } = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ keys: keys.reverse() }));
  expect(() => loadKeys(dir)).toThrow("E_KEY_FORMAT");
});
