import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import type { MqttClient } from "mqtt";
import { controlTopic, type RpcMethod, type RpcReply, type RpcRequest } from "../../contract/control.ts";
import { type ErrorCode, errorRow, StepppsError } from "../../contract/errors/index.ts";
import type { SystemEvent } from "../../contract/event.ts";
import { decodeCbor, encodeCbor } from "../../platform/cbor/cbor.ts";
import { fromPlain, toPlain } from "../../platform/cbor/plain.ts";

/** Talks to one device over MQTT, by the topics that contract/control.ts lays down. */
export interface DeviceClient {
  readonly device: string;
  /** What the device answers; throws the error it answers with, or E_CLI_TIMEOUT. */
  ask(method: RpcMethod, args?: RpcRequest): Promise<unknown>;
  /** Calls `listener` with each event from now on. */
  listen(listener: (event: SystemEvent) => void): Promise<void>;
  /** Waits until `signal` aborts; throws E_CLI_UNREACHABLE when the connection ends before. */
  stay(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface Address {
  /** mqtt://host:port */
  readonly broker: string;
  readonly device: string;
  /** ms to wait for the broker, and for each answer. */
  readonly timeout: number;
  /** Signs a command, for a device that does not take it unsigned: one that is asked from elsewhere. */
  readonly sign?: ((method: RpcMethod, args: RpcRequest) => Promise<Uint8Array> | Uint8Array) | undefined;
}

type Take = (payload: Buffer) => void;
type DeviceError = Extract<RpcReply, { ok: false }>["error"];

/** Throws E_CLI_UNREACHABLE when there is no broker at that address. */
export async function connectDevice({ broker, device, timeout, sign }: Address): Promise<DeviceClient> {
  const client = await connect(broker, timeout);
  const takers = new Map<string, Take>();
  client.on("message", (topic, payload) => takers.get(topic)?.(payload));

  /** The first message on `topic` that `pick` makes something of, after `send` has gone out. */
  const answer = async <T>(
    topic: string,
    what: string,
    send: () => Promise<unknown>,
    pick: (payload: Buffer) => T | undefined,
  ): Promise<T> => {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const timer = setTimeout(() => reject(new StepppsError("E_CLI_TIMEOUT", `${device} at ${broker}: ${what}`)), timeout);
    const lost = () => reject(new StepppsError("E_CLI_UNREACHABLE", `${broker} closed the connection`));
    takers.set(topic, (payload) => {
      const found = pick(payload);
      if (found !== undefined) resolve(found);
    });
    client.once("close", lost);
    try {
      await Promise.race([client.subscribeAsync(topic, { qos: 1 }).then(send), promise]);
      return await promise;
    } finally {
      clearTimeout(timer);
      client.off("close", lost);
      takers.delete(topic);
    }
  };

  const request = (method: RpcMethod, args: RpcRequest): Promise<RpcReply> => {
    const id = randomUUID();
    const payload = Buffer.from(encodeCbor(fromPlain(args)));
    const send = () => client.publishAsync(controlTopic.rpc(device, method, id), payload, { qos: 1 });
    return answer(controlTopic.reply(device, method, id), method, send, reply);
  };

  return {
    device,
    async ask(method, args = {}) {
      const reply = await request(method, args);
      const unsigned = !reply.ok && reply.error.code === "E_CONTROL_UNSIGNED";
      const answer = unsigned && sign ? await request(method, { signed: await sign(method, args) }) : reply;
      if (!answer.ok) throw deviceError(answer.error);
      return answer.value;
    },
    async listen(listener) {
      const topic = controlTopic.events(device);
      takers.set(topic, (payload) => {
        const event = json<SystemEvent>(payload);
        if (event) listener(event);
      });
      await client.subscribeAsync(topic, { qos: 1 });
    },
    async stay(signal) {
      if (signal.aborted) return;
      await new Promise<void>((resolve, reject) => {
        const lost = () => reject(new StepppsError("E_CLI_UNREACHABLE", `${broker} closed the connection`));
        if (!client.connected) return lost();
        client.once("close", lost);
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    },
    async close() {
      const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
      // What is under way is let out, but for a connection that is gone that would never be over
      if (client.connected) await Promise.race([client.endAsync(), closed]);
      client.end(true);
    },
  };
}

async function connect(broker: string, timeout: number): Promise<MqttClient> {
  const { connectAsync } = await import("mqtt");
  try {
    // MQTT 3.1.1, which the embedded broker and every other one speak.
    const options = { protocolVersion: 4, connectTimeout: timeout, reconnectPeriod: 0 } as const;
    // false: a connection that is closed without a word, as by a device that restarts, fails too; it would never be over otherwise
    const client = await connectAsync(broker, options, false);
    (client.stream as Partial<Socket>).setNoDelay?.(true);
    client.on("error", () => {});
    return client;
  } catch (cause) {
    const { message, code } = cause as NodeJS.ErrnoException;
    throw new StepppsError("E_CLI_UNREACHABLE", `${broker}: ${message || code}`, { cause });
  }
}

/** The device's error as one of ours. */
function deviceError(error: Partial<DeviceError> | undefined): StepppsError {
  const { code = "", what = "", detail = "" } = error ?? {};
  if (errorRow(code)) return new StepppsError(code as ErrorCode, detail);
  return new StepppsError("E_CLI_DEVICE", [code, what, detail].filter(Boolean).join(": "));
}

function reply(payload: Buffer): RpcReply | undefined {
  try {
    return toPlain(decodeCbor(payload)) as RpcReply;
  } catch {
    return undefined;
  }
}

function json<T>(payload: Buffer): T | undefined {
  try {
    return JSON.parse(payload.toString("utf8"));
  } catch {
    return undefined;
  }
}
