import type { Socket } from "node:net";
import type { Link } from "../../transfer/index.ts";

export interface LinkOptions {
  readonly broker: string;
  /** ms that making the connection may take. */
  readonly timeout: number;
}

/** Short enough to notice a dead link, long enough to cost nothing on a slow one. */
const KEEPALIVE_SECONDS = 20;

/** A connection for a transfer: it is never mended, a new one is made. Rejects with the socket's own error. */
export async function openLink(
  { broker, timeout }: LinkOptions,
  topics: readonly string[],
  take: (topic: string, payload: Uint8Array) => void,
): Promise<Link & { readonly client: import("mqtt").MqttClient }> {
  const { connect } = await import("mqtt");
  const client = connect(broker, {
    protocolVersion: 4,
    connectTimeout: timeout,
    reconnectPeriod: 0,
    keepalive: KEEPALIVE_SECONDS,
  });
  let why: Error | undefined;
  client.on("error", (error) => {
    why = error;
  });
  client.on("message", take);
  const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
  const lost = closed.then(() => {
    throw why ?? new Error("the connection was closed");
  });
  lost.catch(() => {});
  try {
    await Promise.race([new Promise<void>((resolve) => client.once("connect", () => resolve())), lost]);
    (client.stream as Partial<Socket>).setNoDelay?.(true);
    await Promise.race([client.subscribeAsync([...topics], { qos: 1 }), lost]);
  } catch (error) {
    client.end(true);
    throw error;
  }
  return {
    client,
    closed,
    async publish(topic, payload) {
      await Promise.race([client.publishAsync(topic, Buffer.from(payload), { qos: 1 }), lost]);
    },
    close: () => void client.end(true),
  };
}
