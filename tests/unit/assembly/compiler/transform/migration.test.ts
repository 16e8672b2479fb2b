import { expect, test } from "vitest";
import { collected, plugin } from "./collected.ts";

const HANDLER = '@on("x") x(): void {}';

test("a method with @migrate is said in the manifest, and is no handler", async () => {
  const { manifest, said } = await collected(plugin(`@state count: i32 = 0;\n@migrate take(from: string): void {}\n${HANDLER}`));
  expect(said).toEqual([]);
  expect(manifest).toMatchObject({ migrates: true, handlers: [{ method: "x" }] });
  expect((await collected(plugin(HANDLER))).manifest).not.toHaveProperty("migrates");
});

test.each([
  ["@migrate a(): void {}\n@migrate b(): void {}", "4: a version migrates in one method | call the other one from the first"],
  ["@migrate a(from: string, to: string): void {}", "3: a migration takes the version that it follows, or nothing | "],
  ["@migrate a(from: i32): void {}", "3: a migration takes the version that it follows, or nothing | "],
  ["@migrate a(): i32 { return 1; }", "3: a migration returns nothing | write void, and set the fields"],
  ['@migrate @on("y") a(): void {}', "3: a migration is no handler | put what both do into a method of its own"],
  [
    '@migrate a(): void { publish("y", ""); }',
    "3: a migration cannot call publish() | it sets fields; the first handler does the rest",
  ],
  ['@migrate a(): void { if (true) cancelTimer("y"); }', "3: a migration cannot call cancelTimer() | "],
  [
    'a(): void { oldState("y"); }',
    "3: there is old state only while a version takes over | write @migrate migrate(from: string): void",
  ],
  ['a(): void { const k = oldKeys("y"); }', "3: there is old state only while a version takes over | "],
])("%s", async (body, message) => {
  const { said } = await collected(plugin(`${body}\n${HANDLER}`));
  expect(said.join("\n")).toContain(message);
});
