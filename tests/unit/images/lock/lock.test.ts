import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LOCK_FILE, lockedDeb, lockedDebs, readLock, writeLock } from "../../../../images/lock/lock.ts";
import type { LockedDeb } from "../../../../images/lock/schema.ts";
import { WANTED } from "../../../../images/lock/wanted.ts";

const text = readFileSync(LOCK_FILE, "utf8");
const lock = readLock(text);

test("the lock file is, byte for byte, what its content is written as", () => {
  expect(writeLock(lock)).toBe(text);
});

test("the lock file pins every package that is asked for, for each architecture, and no other", () => {
  const wanted = WANTED.flatMap(({ group, arch, names }) =>
    names.flatMap((name) => (arch === "host" ? ["amd64", "arm64"] : [arch]).map((of) => `${group} ${name} ${of}`)),
  );
  const pinned = lock.debian.flatMap(({ group, name, arch }) =>
    (arch === "all" ? ["amd64", "arm64"] : [arch]).map((of) => `${group} ${name} ${of}`),
  );
  expect(wanted.filter((row) => !pinned.includes(row))).toEqual([]);
  const names = new Set(wanted.map((row) => row.split(" ").slice(0, 2).join(" ")));
  expect(lock.debian.filter(({ group, name }) => !names.has(`${group} ${name}`))).toEqual([]);
});

test("a package's path says its name", () => {
  for (const { name, path } of lock.debian) expect(path).toContain(`/${name}_`);
});

test.each<[string, Partial<LockedDeb>]>([
  ["a hash that is none", { sha256: "0".repeat(63) }],
  ["a path that leads out of the mirror", { path: "pool/../../x.deb" }],
  ["an address in place of a path", { path: "https://example.org/x.deb" }],
  ["another architecture", { arch: "mips" as "amd64" }],
])("refused: %s", (_, change) => {
  const spoiled = { ...lock, debian: [{ ...(lock.debian[0] as LockedDeb), ...change }] };
  expect(() => readLock(JSON.stringify(spoiled))).toThrow("E_SCHEMA");
});

test("packages of all architectures are everybody's", () => {
  expect(lockedDeb(lock, "raspi-firmware", "arm64").arch).toBe("all");
  expect(lockedDebs(lock, "loader", "amd64").map(({ name }) => name)).toEqual(["systemd-boot-efi"]);
  expect(() => lockedDeb(lock, "nano", "arm64")).toThrow("has no nano");
});
