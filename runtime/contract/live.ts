import type { SystemEvent } from "./event.ts";
import type { SystemStatus } from "./status.ts";

/** One message as people see it pass: the page's live list. */
export interface LiveMessage {
  /** ms since the epoch. */
  readonly time: number;
  readonly direction: "in" | "out";
  readonly topic: string;
  readonly bytes: number;
  /** The beginning of the payload where it is text, at most 200 characters; otherwise "". */
  readonly preview: string;
  /** The plugin that sent it (`out`). */
  readonly plugin?: string;
}

/** Calls `listener` from now on; returns what ends it. */
export type Listen<T> = (listener: (value: T) => void) => () => void;

/** What the page and the terminal show; implemented by the supervisor, drawn by PIXEL. */
export interface View {
  status(): SystemStatus;
  readonly events: { readonly listen: Listen<SystemEvent>; recent(): readonly SystemEvent[] };
  /** Sampled: at most a few dozen a second, and nothing is collected while nobody listens. */
  readonly messages: { readonly listen: Listen<LiveMessage> };
}
