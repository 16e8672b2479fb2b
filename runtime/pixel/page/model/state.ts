import type { LiveMessage, SystemEvent } from "../../../contract/index.ts";
import { eventText, isAlert } from "../../figures/alert.ts";
import { extendHistory } from "../../figures/history.ts";
import { type Rates, type Reading, ratesBetween } from "../../figures/rate.ts";
import type { Session } from "./device.ts";
import { append, type Numbered } from "./numbered.ts";

/** Everything the page shows. */
export interface PageState {
  readonly link: "connecting" | "locked" | "live" | "lost";
  /** Undefined until the device said. */
  readonly session?: Session;
  /** Undefined until the first one arrives. */
  readonly reading?: Reading;
  /** When it arrived, ms since the epoch. */
  readonly seenAt?: number;
  readonly rates?: Rates;
  /** Messages per second, newest last. */
  readonly history: { readonly in: readonly number[]; readonly out: readonly number[] };
  readonly events: readonly Numbered<SystemEvent>[];
  readonly messages: readonly Numbered<LiveMessage>[];
  /** What a screen reader is to say. */
  readonly announcement: string;
}

/** What can change it. */
export type Update =
  | { readonly kind: "status"; readonly reading: Reading; readonly now: number }
  | { readonly kind: "recent"; readonly events: readonly SystemEvent[] }
  | { readonly kind: "event"; readonly event: SystemEvent }
  | { readonly kind: "messages"; readonly messages: readonly LiveMessage[] }
  | { readonly kind: "session"; readonly session: Session }
  | { readonly kind: "lost" };

export const EVENTS_KEPT = 200;
export const MESSAGES_KEPT = 200;

export const INITIAL_STATE: PageState = {
  link: "connecting",
  history: { in: [], out: [] },
  events: [],
  messages: [],
  announcement: "",
};

export function applyUpdate(state: PageState, update: Update): PageState {
  switch (update.kind) {
    case "status":
      return applyReading(state, update.reading, update.now);
    case "recent":
      return { ...state, events: append([], update.events, EVENTS_KEPT) };
    case "event":
      return {
        ...state,
        ...(update.event.kind === "owner.claimed" && state.session && { session: withoutPairing(state.session) }),
        events: append(state.events, [update.event], EVENTS_KEPT),
        announcement: isAlert(update.event) ? eventText(update.event) : state.announcement,
      };
    case "messages":
      return { ...state, messages: append(state.messages, update.messages, MESSAGES_KEPT) };
    case "session":
      // What one could see while logged in goes with the session.
      return update.session.in
        ? { ...state, session: update.session }
        : { ...INITIAL_STATE, session: update.session, link: "locked" };
    case "lost":
      return state.link === "lost" ? state : { ...state, link: "lost", announcement: "Connection lost" };
  }
}

function withoutPairing({ pairing: _, ...session }: Session): Session {
  return session;
}

function applyReading(state: PageState, reading: Reading, now: number): PageState {
  const { reading: before, history } = state;
  const rates = ratesBetween(before, reading);
  const sameRun = before?.status.startedAt === reading.status.startedAt;
  const millis = sameRun ? reading.at - before.at : 0;
  const extend = (rates: readonly number[], rate: number) => (sameRun ? extendHistory(rates, rate, millis) : []);
  return {
    ...state,
    link: "live",
    reading,
    seenAt: now,
    rates,
    history: { in: extend(history.in, rates.messagesIn), out: extend(history.out, rates.messagesOut) },
    announcement: state.link === "lost" ? "Connected again" : state.announcement,
  };
}
