import type { BoardFacts } from "../../runtime/contract/index.ts";

/** What an image's programs are compiled for. */
export type Architecture = BoardFacts["arch"];

/** As wheels in `runtime/wasmtime/build/lock.json` are named. */
export const WHEEL_TARGETS = { arm64: "aarch64-linux-musl", x86_64: "x86_64-linux-musl" } as const;
/** As Linux, musl and Alpine call it. */
export const MACHINES = { arm64: "aarch64", x86_64: "x86_64" } as const;
/** As Debian calls it. */
export const DEB_ARCHES = { arm64: "arm64", x86_64: "amd64" } as const;
