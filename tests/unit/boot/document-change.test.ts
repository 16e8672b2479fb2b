import { expect, test } from "vitest";
import { changedParts, PART_EFFECTS } from "../../../runtime/boot/document-change.ts";
import { DeviceDocument } from "../../../runtime/contract/index.ts";

test("every part of the document has its effect named", () => {
  const parts = Object.keys(PART_EFFECTS).filter((part) => !part.includes("/"));
  expect(parts.sort()).toEqual(Object.keys(DeviceDocument.properties).sort());
});

test.each([
  [{}, {}, []],
  [{ name: "a" }, { name: "b" }, ["name"]],
  [{ mqtt: { port: 1 } }, { mqtt: { port: 2 } }, ["mqtt"]],
  [{ mqtt: { port: 1 } }, { mqtt: { port: 1, users: { a: { password: "12345678" } } } }, ["mqtt/users"]],
  [
    { retention: { events: 100 } },
    { retention: { events: 200, journalMegabytes: 32 } },
    ["retention", "retention/journalMegabytes"],
  ],
  [{ plugins: { a: { config: { x: 1, y: 2 } } } }, { plugins: { a: { config: { y: 2, x: 1 } } } }, []],
  [{ plugins: {} }, {}, []],
  [{ owners: ["a", "b"] }, { owners: ["b", "a"] }, ["owners"]],
] as const)("%j → %j", (before, after, parts) => {
  expect(changedParts(before as DeviceDocument, after as DeviceDocument)).toEqual(parts);
});
