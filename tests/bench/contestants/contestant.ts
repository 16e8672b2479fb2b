/** One way from MQTT to MQTT: drops one message in ten of `bench/in`, changes one field of the others, sends them to `bench/out`. */
export interface Contestant {
  readonly name: string;
  /** Starts it afresh, at this quality of service both ways; `folder` is its own and empty. */
  start(folder: string, qos: 0 | 1): Promise<Started>;
}

export interface Started extends AsyncDisposable {
  /** Of the broker that publisher and subscriber connect to. */
  readonly port: number;
  /** The process that does the work: with an embedded broker that, too. */
  readonly worker: number;
}
