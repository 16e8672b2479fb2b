import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { made } from "../steps/made.ts";
import type { ImagePlaces } from "../steps/places.ts";
import type { AlpineBase } from "./alpine.ts";
import type { Apk } from "./apk.ts";
import { type InstalledApk, readApkDatabase } from "./apk-database.ts";
import { type Architecture, MACHINES } from "./architecture.ts";

/** Where an Alpine release's packages are, and who may have signed them. */
export interface AlpineMirror {
  /** Of repositories: `https://dl-cdn.alpinelinux.org/alpine/v3.23/main`. */
  readonly repositories: readonly string[];
  /** A folder of public keys. */
  readonly keys: string;
}

/** Why a mirror can't be used though nothing about it is wrong: it is away, or keeps other versions by now. */
export class MirrorUnavailable extends Error {}

const RECIPE = 1;
const SECONDS = 30;

/**
 * `pins` from a mirror, as files. Alpine's own apk verifies the index's and the packages' signatures; that they are the very packages
 * that are pinned is held against their checksums, so that an image is the same wherever its packages came from.
 */
export async function alpineFromMirror(
  arch: Architecture,
  pins: readonly Pick<InstalledApk, "name" | "version" | "checksum">[],
  { repositories, keys }: AlpineMirror,
  apk: Apk,
  places: Pick<ImagePlaces, "cache">,
): Promise<AlpineBase> {
  const machine = MACHINES[arch];
  const inputs = [RECIPE, machine, pins.map(({ name, version, checksum }) => [name, version, checksum])];
  const folder = await made(places.cache, "alpine-mirror", inputs, async (work) => {
    await Promise.all(repositories.map((url) => answers(`${url}/${machine}/APKINDEX.tar.gz`)));
    // apk looks for keys below the root that it fills
    await cp(keys, join(work, "etc/apk/keys"), { recursive: true, dereference: true });
    await mkdir(join(work, "etc/apk"), { recursive: true });
    await writeFile(join(work, "etc/apk/repositories"), repositories.map((url) => `${url}\n`).join(""));
    const how = ["--root", work, "--arch", machine, "--no-cache", "--no-scripts", "--no-logfile", "--no-progress"];
    const exactly = pins.map(({ name, version }) => `${name}=${version}`);
    // Only root can give files to others; what belongs to whom is decided where the image is written.
    const user = process.getuid?.() === 0 ? [] : ["--usermode"];
    await apk.run(["add", "--initdb", ...user, "--timeout", String(SECONDS), ...how, ...exactly]).catch((error: Error) => {
      // An index that is signed by nobody known, or is damaged, is passed over with a warning, and its packages are missing.
      const gone = /unable to select packages/.test(error.message) && !/WARNING: .*APKINDEX/.test(error.message);
      if (gone) throw new MirrorUnavailable(error.message, { cause: error });
      throw error;
    });
    const found = new Map((await installed(work)).map((one) => [one.name, one]));
    const others = pins.filter(({ name, checksum }) => found.get(name)?.checksum !== checksum);
    if (others.length > 0)
      throw new Error(
        `${repositories.join(", ")}: ${others.map(({ name, version }) => `${name} ${version}`).join(", ")} is signed, but is not the package that is pinned`,
      );
  });
  return { folder, packages: await installed(folder) };
}

async function installed(folder: string): Promise<InstalledApk[]> {
  return readApkDatabase(await readFile(join(folder, "lib/apk/db/installed"), "utf8"));
}

async function answers(url: string): Promise<void> {
  const answer = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(SECONDS * 1000) }).catch((cause: unknown) => {
    throw new MirrorUnavailable(`${url} can't be reached`, { cause });
  });
  if (!answer.ok) throw new MirrorUnavailable(`${url}: the server answers ${answer.status}`);
}
