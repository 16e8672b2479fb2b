import { chmod } from "node:fs/promises";
import { join } from "node:path";
import type { Places } from "./places.ts";
import { type Target, thisTarget } from "./targets.ts";
import { lockedWheel, unpackedWheel } from "./wheel.ts";

/** A C++ compiler for one target. */
export interface Compiler {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

const GLIBC = "2.28"; // what Node 24 itself needs

const FLAGS = [
  "-std=c++20",
  "-O2",
  "-fPIC",
  "-fvisibility=hidden",
  "-fstack-protector-strong",
  "-D_FORTIFY_SOURCE=2",
  "-Wall",
  "-Wextra",
  "-Werror",
] as const;

export const LINK_FLAGS = ["-shared", "-Wl,-rpath,$ORIGIN", "-Wl,-z,relro,-z,now", "-lpthread"] as const;

/** The system's g++ for this machine, zig for every other. */
export async function compilerFor(target: Target, places: Places): Promise<Compiler> {
  if (target === thisTarget()) {
    const command = process.env.CXX ?? "g++";
    return { command, args: [...FLAGS, "-static-libstdc++", "-static-libgcc"], env: process.env };
  }
  const home = await unpackedWheel(lockedWheel("zig", thisTarget().replace("musl", "gnu")), places.cache);
  const command = join(home, "ziglang", "zig");
  await chmod(command, 0o755); // a zip keeps no modes
  const triple = target.endsWith("gnu") ? `${target}.${GLIBC}` : target;
  const cache = join(places.cache, "zig");
  return {
    command,
    args: ["c++", "-target", triple, ...FLAGS, "-s"],
    env: { ...process.env, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache },
  };
}
