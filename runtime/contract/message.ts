export type Qos = 0 | 1 | 2;

/** An MQTT message, whichever broker carries it. */
export interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: Qos;
  readonly retain: boolean;
  /** Set by the sender to be recognised when sent again (MQTT 5 user property `id`, or the supervisor's own outputs). */
  readonly id?: string;
}

/** A message on its way in. */
export interface InboundMessage extends Message {
  /** Who sent it: the MQTT client's id, or the plugin's name for messages between plugins. */
  readonly from: string;
  /** The sender's second try of a message it holds unacknowledged. */
  readonly duplicate: boolean;
}
