/** Something a machine says of itself, as it goes out over MQTT: `value` becomes the JSON payload. */
export interface Reading {
  readonly topic: string;
  readonly value: Readonly<Record<string, unknown>>;
}
