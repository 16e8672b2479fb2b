import { hostTarget } from "../src/host.ts";

/** The machines this package is built for: `<architecture>-linux-<libc>`, as zig names them. */
export const TARGETS = ["x86_64-linux-gnu", "x86_64-linux-musl", "aarch64-linux-gnu", "aarch64-linux-musl"] as const;
export type Target = (typeof TARGETS)[number];

export function parseTarget(name: string): Target {
  const target = TARGETS.find((known) => known === name);
  if (!target) throw new Error(`unknown target "${name}"; there are ${TARGETS.join(", ")}`);
  return target;
}

/** The target of the running process. */
export function thisTarget(): Target {
  return parseTarget(hostTarget());
}
