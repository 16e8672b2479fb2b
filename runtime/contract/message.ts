export type Qos = 0 | 1 | 2;

/** An MQTT message, whichever broker carries it. */
export interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: Qos;
  readonly retain: boolean;
  /** Set by the sender to be recognised when sent again (MQTT 5 user property `id`, or the supervisor's own outputs). */
  readonly id?: string;
  /** W3C `traceparent` (MQTT 5 user property of that name). */
  readonly trace?: string;
  /** Names of the devices that carried it on, separated by spaces (MQTT 5 user property `via`). */
  readonly via?: string;
  /** Over MQTT 5, where the sender wants its answer, and what the answer has to carry. */
  readonly responseTopic?: string;
  readonly correlation?: Uint8Array;
  /** The device's answer to a request, and where that came from: it goes there only. */
  readonly answer?: "here" | "there";
  /** How many plugins of this device handed it on, one to the next: what goes round for ever is stopped. */
  readonly hops?: number;
}

/** A message on its way in. */
export interface InboundMessage extends Message {
  /** It came from another machine: over the uplink, or from a client that is not on loopback. */
  readonly remote?: boolean;
  /** It came from a broker elsewhere. */
  readonly uplink?: true;
  /** Who sent it: the MQTT client's id, or the plugin's name for messages between plugins. */
  readonly from: string;
  /** The sender's second try of a message it holds unacknowledged. */
  readonly duplicate: boolean;
}
