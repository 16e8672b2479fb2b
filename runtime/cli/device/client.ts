import { createHash, randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import type { MqttClient } from "mqtt";
import { type ControlReply, type ControlVerb, controlTopic, type DeployReport } from "../../contract/control.ts";
import { type ErrorCode, errorRow, StepppsError } from "../../contract/errors/index.ts";
import type { SystemEvent } from "../../contract/event.ts";

/** Talks to one device over MQTT, by the topics that contract/control.ts lays down. */
export interface DeviceClient {
  readonly device: string;
  /** What the device answers; throws the error it answers with, or E_CLI_TIMEOUT. */
  ask(verb: ControlVerb, args?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Sends a signed envelope; resolves when it runs, throws the error for which it was refused. */
  deploy(envelope: Uint8Array): Promise<DeployReport>;
  /** Calls `listener` with each event from now on. */
  listen(listener: (event: SystemEvent) => void): Promise<void>;
  close(): Promise<void>;
}

export interface Address {
  /** mqtt://host:port */
  readonly broker: string;
  readonly device: string;
  /** ms to wait for the broker, and for each answer. */
  readonly timeout: number;
}

type Take = (payload: Buffer) => void;
type DeviceError = Extract<ControlReply, { ok: false }>["error"];

/** Throws E_CLI_UNREACHABLE when there is no broker at that address. */
export async function connectDevice({ broker, device, timeout }: Address): Promise<DeviceClient> {
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

  return {
    device,
    async ask(verb, args = {}) {
      const id = randomUUID();
      const request = JSON.stringify({ ...args, id });
      const send = () => client.publishAsync(controlTopic.do(device, verb), request, { qos: 1 });
      const reply = await answer(controlTopic.done(device, id), verb, send, json<ControlReply>);
      if (!reply.ok) throw deviceError(reply.error);
      return reply.value;
    },
    async deploy(envelope) {
      const id = createHash("sha256").update(envelope).digest("hex");
      const send = () => client.publishAsync(controlTopic.deploy(device), Buffer.from(envelope), { qos: 1 });
      const mine = (payload: Buffer) => {
        const report = json<DeployReport>(payload);
        return report?.id === id ? report : undefined;
      };
      const report = await answer(controlTopic.deployed(device), "deploy", send, mine);
      if (report.error) throw deviceError(report.error);
      return report;
    },
    async listen(listener) {
      const topic = controlTopic.events(device);
      takers.set(topic, (payload) => {
        const event = json<SystemEvent>(payload);
        if (event) listener(event);
      });
      await client.subscribeAsync(topic, { qos: 1 });
    },
    close: () => client.endAsync(),
  };
}

async function connect(broker: string, timeout: number): Promise<MqttClient> {
  const { connectAsync } = await import("mqtt");
  try {
    // MQTT 3.1.1, which the embedded broker and every other one speak.
    const client = await connectAsync(broker, { protocolVersion: 4, connectTimeout: timeout, reconnectPeriod: 0 });
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

function json<T>(payload: Buffer): T | undefined {
  try {
    return JSON.parse(payload.toString("utf8"));
  } catch {
    return undefined;
  }
}
