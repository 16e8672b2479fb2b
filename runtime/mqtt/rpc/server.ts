import { setTimeout as sleep } from "node:timers/promises";
import { controlTopic, RPC_METHODS, type RpcMethod, type RpcReply, type RpcRequest, StepppsError } from "../../contract/index.ts";
import type { Journal } from "../../store/index.ts";
import type { Bus, Delivery } from "../bus.ts";
import { encodeReply, refusal } from "./answer.ts";
import { formOf, MAX_REQUEST_BYTES, parseAddress, parseArguments, replyTopicOf } from "./request.ts";

/** Who asks. */
export interface RpcCaller {
  /** The MQTT client's id. */
  readonly from: string;
  readonly remote: boolean;
  /** Id of the key that signed it. */
  readonly signer?: string;
}

/** What a method does; what it returns goes to the asker. Rejects with the StepppsError that the asker gets. */
export type RpcFunction = (args: RpcRequest, caller: RpcCaller) => unknown;

export interface SignedCommand {
  readonly method: string;
  readonly args: RpcRequest;
  readonly signer: string;
}

export interface RpcOptions {
  readonly device: string;
  readonly bus: Pick<Bus, "subscribe" | "publish">;
  readonly journal: Pick<Journal, "commit">;
  /** A method that is not here is answered with E_CONTROL_ABSENT. */
  readonly methods: Readonly<Partial<Record<RpcMethod, RpcFunction>>>;
  /** The command in a signed envelope; rejects where its signer may not give it, or it was given before. */
  verify(envelope: Uint8Array): Promise<SignedCommand>;
  /** Whether people let this be asked from elsewhere without a signature. */
  unsigned?(method: RpcMethod): boolean;
}

/** Requests that are carried out at once: an answer may hold some MiB. */
const AT_ONCE = 8;
/** Requests that wait for their turn, and bytes of those and of what is under way: nobody has to be known to send one. */
const MAX_WAITING = 256;
const MAX_HELD_BYTES = 8 * 1024 * 1024;
/** ms for the broker to take an answer before the next request has its turn: one that is away must not keep the others waiting. */
const PATIENCE_MS = 2000;
/** Changes whose answers are remembered, for requests that arrive twice. */
const REMEMBERED = 64;

type Done = (error?: Error) => void;

/** Answers what is asked below `steppps/<device>/rpc/` (contract/control.ts). */
export class RpcServer {
  readonly #options: RpcOptions;
  readonly #prefix: string;
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #changed = new Map<string, Promise<RpcReply>>();
  #underWay = 0;
  #heldBytes = 0;

  constructor(options: RpcOptions) {
    this.#options = options;
    this.#prefix = controlTopic.rpc(options.device, "+", "").slice(0, -2);
  }

  async start(): Promise<void> {
    await this.#options.bus.subscribe(controlTopic.rpc(this.#options.device, "+", "+"));
  }

  /** Whether `message` is a request; `done` is called once it is dealt with, which is before it is answered. */
  take(message: Delivery, done: Done): boolean {
    if (!message.topic.startsWith(this.#prefix)) return false;
    this.#settle(message, done);
    // A request that a broker kept would be carried out again at every connection
    if (message.retain) return true;
    // One byte more than any may have, by which it is refused: the rest is not kept
    const request = { ...message, payload: message.payload.slice(0, MAX_REQUEST_BYTES + 1) };
    const bytes = request.payload.length;
    if (this.#waiting.length >= MAX_WAITING || this.#heldBytes + bytes > MAX_HELD_BYTES) {
      void this.#send(request, refusal(new StepppsError("E_CONTROL_BUSY", `${this.#waiting.length} requests wait`)));
      return true;
    }
    this.#heldBytes += bytes;
    this.#waiting.push(async () => {
      await this.#send(request, await this.#answer(request));
      this.#heldBytes -= bytes;
    });
    this.#pump();
    return true;
  }

  #pump(): void {
    while (this.#underWay < AT_ONCE) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#underWay++;
      void next().then(() => {
        this.#underWay--;
        this.#pump();
      });
    }
  }

  /** What the broker has to remember of the message is on disk before its sender is told that it arrived. */
  #settle({ ops }: Delivery, done: Done): void {
    if (ops.length === 0) done();
    else this.#options.journal.commit(ops).then(() => done(), done);
  }

  /** Never rejects. */
  async #answer(message: Delivery): Promise<RpcReply> {
    try {
      const { method, id } = parseAddress(message.topic);
      const args = parseArguments(method, message.payload);
      if (!RPC_METHODS[method].changes) return await this.#carryOut(method, args, message);
      const key = `${message.from}/${method}/${id}`;
      // At QoS 1 a request may be sent again: a change is made once
      const before = message.duplicate ? this.#changed.get(key) : undefined;
      if (before) return await before;
      const reply = this.#carryOut(method, args, message).catch(refusal);
      this.#changed.delete(key);
      this.#changed.set(key, reply);
      for (const old of this.#changed.keys()) if (this.#changed.size > REMEMBERED) this.#changed.delete(old);
      return await reply;
    } catch (error) {
      return refusal(error);
    }
  }

  async #carryOut(method: RpcMethod, given: RpcRequest, { from, remote = false }: Delivery): Promise<RpcReply> {
    const { args, signer } = await this.#authorise(method, given, remote);
    const carryOut = this.#options.methods[method];
    if (!carryOut) throw new StepppsError("E_CONTROL_ABSENT", method);
    return { ok: true, value: (await carryOut(args, { from, remote, ...(signer !== undefined && { signer }) })) ?? null };
  }

  async #authorise(method: RpcMethod, given: RpcRequest, remote: boolean): Promise<{ args: RpcRequest; signer?: string }> {
    const { signed } = given;
    if (signed instanceof Uint8Array) {
      const command = await this.#options.verify(signed);
      if (command.method !== method) throw new StepppsError("E_CONTROL", "the signed command is for another method");
      return command;
    }
    const row: { changes: boolean; reveals?: true; unsigned?: true } = RPC_METHODS[method];
    const needed = remote && (row.changes || row.reveals) && !row.unsigned && !this.#options.unsigned?.(method);
    if (needed) throw new StepppsError("E_CONTROL_UNSIGNED", method);
    return { args: given };
  }

  /**
   * QoS 1: the asker has subscribed before it asked. Never rejects, and is not long about it: where the broker is away the answer
   * waits, if it is one that waits (`Bus.publish`); the asker of any other gives up after a while.
   */
  async #send(request: Delivery, reply: RpcReply): Promise<void> {
    const { bus, device } = this.#options;
    const { correlation, uplink } = request;
    const answer = uplink ? "there" : "here";
    const waited = new AbortController();
    try {
      const topic = replyTopicOf(device, request);
      const payload = encodeReply(reply, formOf(request.payload));
      const sent = bus.publish({ topic, payload, qos: 1, retain: false, answer, ...(correlation && { correlation }) });
      await Promise.race([sent, sleep(PATIENCE_MS, undefined, { ref: false, signal: waited.signal })]);
    } catch {
    } finally {
      waited.abort();
    }
  }
}
