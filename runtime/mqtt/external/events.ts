import type { Message } from "../../contract/index.ts";

/** Where the device says whether it is there: retained, by itself or as its last will. */
export interface Presence {
  readonly topic: string;
  readonly online: string;
  readonly offline: string;
}

export interface ExternalEvents {
  /** The connection came, or went. */
  readonly onConnection?: (connected: boolean) => void;
  /** A message is on its way, for the first time in this process. */
  readonly onSend?: (message: Message) => void;
}
