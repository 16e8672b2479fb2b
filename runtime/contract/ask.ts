import type { Limits } from "./manifest.ts";

/** One thing that a version may do and the version at work may not. Filters are filled in with the device's settings. */
export type Ask =
  | { readonly kind: "publish" | "subscribe"; readonly filter: string }
  | { readonly kind: "timers" | "state" }
  | { readonly kind: "infer"; readonly model: string }
  | { readonly kind: "limit"; readonly limit: keyof Limits; readonly from: number; readonly to: number }
  /** It wants to keep its state in memory only: what waits is lost with the process. */
  | { readonly kind: "memory-only" };

/** As people read it when they are asked. */
export function describeAsk(ask: Ask): string {
  switch (ask.kind) {
    case "publish":
      return `publish to ${ask.filter}`;
    case "subscribe":
      return `receive ${ask.filter}`;
    case "timers":
      return "set timers";
    case "state":
      return "keep state";
    case "infer":
      return `run the model ${ask.model}`;
    case "limit":
      return `${LIMIT_NAMES[ask.limit]} of ${ask.to} in place of ${ask.from}`;
    case "memory-only":
      return "keep its state in memory only, so that it is lost with the process";
  }
}

const LIMIT_NAMES: Readonly<Record<keyof Limits, string>> = {
  memoryBytes: "bytes of memory",
  deadlineMs: "ms for one input",
  effectBytes: "bytes of effects for one batch",
};
