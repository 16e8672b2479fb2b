import {
  asStepppsError,
  decodeTensors,
  encodeInput,
  equalBytes,
  type Handler,
  type Inferences,
  type Input,
  StepppsError,
} from "../../contract/index.ts";
import type { Clock } from "../../platform/index.ts";
import type { Op } from "../../store/index.ts";
import { type Answer, errorAnswer, hashOf, resultAnswer, taggedAnswer } from "./answer.ts";
import type { Offer } from "./offer.ts";
import { type Plan, RefusedEffect } from "./plan.ts";

/** What a plugin asks of a model, as the journal has it. */
export interface Asked {
  /** The first input of the batch that asked, and which of its requests this is. */
  readonly seq: number;
  readonly place: number;
  readonly model: string;
  /** Comes back with the answer. */
  readonly tag: string;
  /** ms since the epoch; `deadline`: ms from then. */
  readonly asked: number;
  readonly deadline: number;
  /** A frame of contract/tensor.ts, which has been read. */
  readonly tensors: Uint8Array;
  /** Of the input that asked. Not in the journal. */
  readonly trace?: string;
  readonly hops?: number;
}

export interface RequestsOptions {
  readonly plugin: string;
  readonly clock: Clock;
  readonly inferences: Inferences;
  /** Of the version at work. */
  handlers(): readonly Handler[];
  durable(): boolean;
  offer(offer: Offer): void;
}

/** What one plugin may wait for at a time: it is kept in memory and in the journal. */
export const MAX_REQUESTS = 256;
export const MAX_REQUEST_BYTES = 48 * 1024 * 1024;

interface Request {
  asked: Asked;
  readonly hash: Uint8Array;
  /** What it asks for is on disk: the answer may be told. */
  committed: boolean;
  /** It runs, or has run. */
  begun: boolean;
  answer: Answer | undefined;
}

/**
 * What one plugin has asked of models and not been told yet. A request runs as soon as its batch is accepted, as a run does nothing
 * by itself; its answer becomes an input once the request is on disk, and takes the request's row with it. After a crash what is
 * left in the journal runs again: each request is answered once, with a result or with the reason why there is none.
 *
 *   infer ─▶ batch accepted ─▶ run ─────────┬─▶ input {answer, delete the request} ─▶ batch
 *                 └─▶ commit {request, …} ──┘
 */
export class Requests {
  readonly #options: RequestsOptions;
  #open = new Map<string, Request>();
  #bytes = 0;
  #held = false;
  /** Under way, those too of which nobody wants to know any more. */
  #running = 0;
  #idle: (() => void)[] = [];

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** How many are not answered. */
  get count(): number {
    return this.#open.size;
  }

  /** Whether any is under way. */
  get running(): boolean {
    return this.#running > 0;
  }

  /** Resolves when none is under way. */
  idle(): Promise<void> {
    return this.running ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve();
  }

  /** As they stand. */
  all(): Asked[] {
    return [...this.#open.values()].map(({ asked }) => asked);
  }

  /** Throws RefusedEffect (E_GUEST_EFFECTS) where `more`, less those that `offers` answer, are more than may wait. */
  bound(more: Plan["inferences"], offers: readonly Offer[]): void {
    if (more.length === 0) return;
    let count = this.#open.size;
    let bytes = this.#bytes;
    for (const { request } of offers) {
      const known = request === undefined ? undefined : this.#open.get(request);
      if (!known) continue;
      count--;
      bytes -= known.asked.tensors.length;
    }
    for (const { input, tensors } of more) {
      bytes += tensors.length;
      if (++count <= MAX_REQUESTS && bytes <= MAX_REQUEST_BYTES) continue;
      throw new RefusedEffect(
        input,
        new StepppsError("E_GUEST_EFFECTS", `${count} requests of ${bytes} bytes would wait for models`),
      );
    }
  }

  /** New requests: they run from now on. What is returned is to be called when they are on disk. */
  begin(asked: readonly Asked[]): () => void {
    const requests = asked.map((one) => this.#add(one, false));
    return () => {
      for (const request of requests) {
        request.committed = true;
        this.#tell(request);
      }
    };
  }

  /** Exactly these, which are on disk; they run from now on. */
  restore(asked: Iterable<Asked>): void {
    this.#open = new Map();
    this.#bytes = 0;
    for (const one of asked) this.#add(one, true);
  }

  /** The answers among a batch's inputs were taken. */
  taken(offers: readonly Offer[]): void {
    for (const { request } of offers) {
      const known = request === undefined ? undefined : this.#open.get(request);
      if (known) this.#forget(known);
    }
  }

  /** From now on none begins: `answer` has those answered that were before. */
  hold(): void {
    this.#held = true;
  }

  /** Those that were held begin, with their whole time. */
  release(): void {
    this.#held = false;
    const now = this.#options.clock.now();
    for (const request of this.#open.values()) {
      if (!request.begun) request.asked = { ...request.asked, asked: now };
      this.#run(request);
    }
  }

  /** Another version is at work: answers that wait are for its handlers. Those that were offered are to be taken out before. */
  again(): void {
    for (const request of this.#open.values()) this.#tell(request);
  }

  /** A recorded answer, as the answer to the oldest request that asks the same; undefined where none does. */
  answer(hash: Uint8Array, answer: Answer, time: number): Offer | undefined {
    for (const request of this.#open.values()) {
      if (request.begun || request.answer || !equalBytes(request.hash, hash)) continue;
      request.answer = taggedAnswer(answer, request.asked.tag);
      return this.#offer(request, request.answer, time);
    }
    return undefined;
  }

  /** What to commit so that the journal has all of them. */
  ops(): Op[] {
    return this.all().map((asked) => requestSet(this.#options.plugin, asked));
  }

  #add(asked: Asked, committed: boolean): Request {
    const hash = hashOf(asked.model, asked.tensors);
    const request: Request = { asked, hash, committed, begun: false, answer: undefined };
    this.#open.set(idOf(asked), request);
    this.#bytes += asked.tensors.length;
    this.#run(request);
    return request;
  }

  #run(request: Request): void {
    if (this.#held || request.begun || request.answer) return;
    request.begun = true;
    this.#running++;
    const { asked, hash } = request;
    this.#infer(asked).then(
      (answer) => this.#answered(request, answer),
      (error: unknown) => this.#answered(request, errorAnswer(asked.tag, hash, asStepppsError(error, "E_INFER_RUN"))),
    );
  }

  async #infer({ model, tensors, asked, deadline, tag }: Asked): Promise<Answer> {
    const { inferences, clock, plugin: owner } = this.#options;
    // A clock that was set meanwhile gives no more time than was asked for.
    const left = Math.min(deadline, asked + deadline - clock.now());
    if (left <= 0) throw new StepppsError("E_INFER_DEADLINE", "it is over since a restart");
    const inputs = decodeTensors(tensors);
    return resultAnswer(tag, hashOf(model, tensors), await inferences.infer({ model, inputs, deadline: left, owner }));
  }

  #answered(request: Request, answer: Answer): void {
    request.answer = answer;
    this.#tell(request);
    if (--this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #tell(request: Request): void {
    const { asked, answer, committed, begun } = request;
    if (!answer || !committed || !begun || this.#open.get(idOf(asked)) !== request) return;
    this.#options.offer(this.#offer(request, answer, this.#options.clock.now()));
  }

  #offer(request: Request, answer: Answer, time: number): Offer {
    const { asked } = request;
    const { plugin, handlers, durable } = this.#options;
    const { model, seq, place, trace, hops } = asked;
    return {
      kind: "inference",
      handler: handlers().findIndex((handler) => handler.kind === "inference" && handler.model === model),
      time,
      name: model,
      ...answer,
      attempts: 0,
      request: idOf(asked),
      ...(durable() ? { ops: [["inference.delete", plugin, seq, place]], kept: true } : { ops: [] }),
      ...(trace !== undefined && { trace }),
      ...(hops !== undefined && { hops }),
      // Not taken, it waits here for another version.
      settle: (error) => {
        if (!error) this.#forget(request);
      },
    };
  }

  #forget(request: Request): void {
    const id = idOf(request.asked);
    if (this.#open.get(id) !== request) return;
    this.#open.delete(id);
    this.#bytes -= request.asked.tensors.length;
  }
}

/** What puts a request into the journal. */
export function requestSet(plugin: string, { seq, place, model, tag, asked, deadline, tensors }: Asked): Op {
  return ["inference.set", plugin, seq, place, model, tag, asked, deadline, tensors];
}

/** The requests of the batch that began with input `seq`. */
export function askedBy(planned: Plan["inferences"], seq: number, now: number): Asked[] {
  return planned.map(({ input: _, ...request }, place) => ({ ...request, seq, place, asked: now }));
}

/** A request as a frame of inputs: what is kept of it for a rollback. */
export function encodeAsked({ model, tensors, asked, ...rest }: Asked): Uint8Array {
  const { seq, place, tag, deadline } = rest;
  const meta = Buffer.from(JSON.stringify({ seq, place, tag, deadline }));
  return encodeInput({ kind: "inference", handler: 0, time: asked, seed: 0n, name: model, payload: tensors, meta });
}

export function readAsked({ name, time, payload, meta }: Input): Asked {
  return { ...JSON.parse(Buffer.from(meta).toString()), model: name, asked: time, tensors: payload.slice() };
}

/** What an answer's offer names its request by. */
export function idOf({ seq, place }: Asked): string {
  return `${seq}/${place}`;
}
