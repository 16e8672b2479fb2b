import { join } from "node:path";
import { hostArch } from "../lock/lock.ts";
import { type RunOptions, run } from "../steps/run.ts";

/** Alpine's own package manager: what it says of signatures and packages is what every Alpine says. */
export interface Apk {
  run(args: readonly string[], options?: RunOptions): Promise<string>;
}

const MACHINES_OF = { amd64: "x86_64", arm64: "aarch64" } as const;

/** The one in `alpine`, a whole Alpine of this machine's architecture: started by Alpine's loader, with Alpine's C library. */
export function apkOf(alpine: string): Apk {
  const loader = join(alpine, `lib/ld-musl-${MACHINES_OF[hostArch()]}.so.1`);
  const libraries = ["lib", "usr/lib"].map((folder) => join(alpine, folder)).join(":");
  return {
    run: (args, options) => run(loader, ["--library-path", libraries, join(alpine, "sbin/apk"), ...args], options),
  };
}
