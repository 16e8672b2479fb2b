import type { Board } from "../../../board-support/index.ts";
import type { Slot } from "../../../runtime/contract/index.ts";
import type { Moment } from "./history.ts";

/** What was seen of a device from outside while every write to its card was recorded. */
export interface Recording {
  readonly board: Board["name"];
  /** The card before the first start. */
  readonly image: string;
  readonly starts: readonly RecordedStart[];
  /** The card at the end, by which the logs are held to be complete. */
  readonly last: string;
  /** Each once it was acknowledged; `again`: it may have been sent twice, as it was under way when the connection ended. */
  readonly messages: readonly SentMessage[];
  /** When the device said that a version of the plugin is at work. */
  readonly deploys: readonly Told[];
  /** When the device said that a version of the layer is mounted. */
  readonly layers: readonly Told[];
  /** When the device said that an image is at work. */
  readonly updates: readonly Told[];
  /** By its version, what a slot has to hold. */
  readonly versions: Readonly<Record<string, SlotHashes>>;
  /** SHA-256 of each plugin version's envelope. */
  readonly envelopes: Readonly<Record<string, string>>;
  /** SHA-256 of each layer version's file. */
  readonly layerFiles: Readonly<Record<string, string>>;
  /** Of the files for people on the boot partition. */
  readonly document: string;
}

export interface RecordedStart {
  readonly slot: Slot | undefined;
  readonly log: string;
  /** The boot partition when the machine began. */
  readonly bootPartition: string;
}

export interface SentMessage {
  readonly number: string;
  readonly acknowledged?: Moment;
  readonly again: boolean;
}

export interface Told {
  readonly version: string;
  readonly moment: Moment;
}

/** What belongs to a version of an image: SHA-256 of the files of its slot, by name, and of its root partition's first bytes. */
export interface SlotHashes {
  readonly files: Readonly<Record<string, string>>;
  /** With {slot} where the slot's letter belongs. */
  readonly commandLine: string;
  readonly root: { readonly size: number; readonly sha256: string };
}
