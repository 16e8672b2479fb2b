import type { LogLevel } from "./abi.ts";

/** Kinds of things the supervisor tells people about. */
export const EVENT_KINDS = [
  "supervisor.started",
  "supervisor.stopping",
  "supervisor.trouble",
  "document.refused",
  "document.changed",
  "owner.refused",
  "mqtt.trouble",
  "deploy.step",
  "deploy.waiting",
  "deploy.refused",
  "plugin.deployed",
  "plugin.settled",
  "plugin.refused",
  "plugin.started",
  "plugin.rolled-back",
  "plugin.log",
  "plugin.failed",
  "plugin.dead-letter",
  "plugin.paused",
  "messages.dropped",
  "update.step",
  "update.done",
  "update.refused",
  "update.rolled-back",
  "update.trouble",
  "layer.trying",
  "layer.mounted",
  "layer.refused",
  "model.deployed",
  "model.refused",
  "model.rolled-back",
  "inference.provider",
  "inference.trouble",
  "trust.changed",
  "trust.refused",
  "trust.clock",
  "access.refused",
  "uplink.connected",
  "uplink.lost",
  "storage.budget",
  "discovery.renamed",
  "owner.claimed",
  "store.full",
  "store.recovered",
  "clock.jumped",
  "clock.set",
  "network.changed",
  "network.trouble",
  "device.trouble",
  "device.ending",
  "install.step",
  "install.done",
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** One line of the event log. */
export interface SystemEvent {
  /** ms since the epoch. */
  readonly time: number;
  readonly kind: EventKind;
  readonly level: LogLevel;
  readonly plugin?: string;
  /** Error code of the catalogue, where there is one. */
  readonly code?: string;
  readonly text: string;
  /** W3C trace id of the message that led to it, where it carried one. */
  readonly trace?: string;
}
