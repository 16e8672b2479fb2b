import {
  decodeEffects,
  decodeTensors,
  type Effect,
  effectText,
  encodeTensors,
  INFER_SOURCE,
  LOG_LEVELS,
  type LogLevel,
  MAX_INFER_DEADLINE,
  type Message,
  PUBLISH_QOS_MASK,
  PUBLISH_RETAIN,
  type Qos,
  StepppsError,
  traceId,
} from "../../contract/index.ts";
import type { Op } from "../../store/index.ts";
import type { Grants } from "../plugin/grants.ts";
import { HANDLED, type Offer } from "./offer.ts";

export interface TimerChange {
  readonly name: string;
  /** ms since the epoch; undefined cancels. */
  readonly due: number | undefined;
  readonly payload: Uint8Array;
}

interface PlannedLog {
  readonly level: LogLevel;
  readonly text: string;
  /** W3C trace id of the input that led to it. */
  readonly trace?: string;
}

/** What is asked of a model. */
export interface PlannedInference {
  /** Place of the input that asks. */
  readonly input: number;
  readonly model: string;
  readonly tag: string;
  /** ms. */
  readonly deadline: number;
  /** A frame of contract/tensor.ts. */
  readonly tensors: Uint8Array;
  readonly trace?: string;
  readonly hops?: number;
}

/** What a batch's effects come to once the gate has passed them: data, nothing is done yet. */
export interface Plan {
  readonly ops: readonly Op[];
  readonly state: ReadonlyMap<string, Uint8Array | undefined>;
  readonly timers: readonly TimerChange[];
  readonly inferences: readonly PlannedInference[];
  readonly outputs: readonly Message[];
  readonly logs: readonly PlannedLog[];
}

/** An effect that the gate refused, and the input that made it. */
export class RefusedEffect extends Error {
  readonly input: number;
  constructor(input: number, cause: unknown) {
    super((cause as Error).message, { cause });
    this.input = input;
  }
}

export interface PlanScope {
  readonly plugin: string;
  /** Number of the batch's first input. */
  readonly seq: number;
  /** Outputs are named `<origin>/<seq>/<n>`; without one they have no name, as they could not be known again. */
  readonly origin: string | undefined;
  readonly grants: Grants;
  /** Whether timers and state go to the journal. */
  readonly durable: boolean;
}

/** Reads the effects of `offers`' batch, passes each through the gate, and says what to commit and to send. */
export function planEffects(offers: readonly Offer[], effects: Uint8Array, scope: PlanScope): Plan {
  const { plugin, grants, durable, origin } = scope;
  const ops: Op[] = [];
  const state = new Map<string, Uint8Array | undefined>();
  const timers: TimerChange[] = [];
  const inferences: PlannedInference[] = [];
  const outputs: Message[] = [];
  const logs: PlannedLog[] = [];
  let settled = 0;
  const settleUpTo = (input: number) => {
    while (settled < Math.min(input, offers.length)) ops.push(...(offers[settled++] as Offer).ops);
  };
  for (const effect of decodeEffects(effects)) {
    // What an input consumed goes before what it made: a timer that sets itself anew stays set.
    settleUpTo(effect.input + 1);
    try {
      switch (effect.call) {
        case "publish": {
          const [topicBytes, payload, flags] = effect.args;
          const topic = effectText(topicBytes);
          grants.publish(topic);
          const qos = Math.min(2, flags & PUBLISH_QOS_MASK) as Qos;
          const id = qos > 0 && origin !== undefined ? { id: `${origin}/${scope.seq}/${outputs.length}` } : undefined;
          const { trace, hops } = offers[effect.input] ?? HANDLED;
          const retain = (flags & PUBLISH_RETAIN) !== 0;
          const traced =
            trace === undefined ? { ...id, topic, payload, qos, retain } : { ...id, topic, payload, qos, retain, trace };
          outputs.push(hops === undefined ? traced : { ...traced, hops });
          break;
        }
        case "state_set":
        case "state_delete": {
          grants.state();
          const value = effect.call === "state_set" ? effect.args[1].slice() : undefined;
          state.set(effectText(effect.args[0]), value);
          break;
        }
        case "timer_set":
        case "timer_cancel": {
          grants.timers();
          const name = effectText(effect.args[0]);
          const due = effect.call === "timer_set" ? dueTime(effect.args[1], offers[effect.input]?.time ?? 0) : undefined;
          const payload = effect.call === "timer_set" ? effect.args[2].slice() : new Uint8Array(0);
          timers.push({ name, due, payload });
          if (durable) ops.push(due === undefined ? ["timer.delete", plugin, name] : ["timer.set", plugin, name, due, payload]);
          break;
        }
        case "infer":
          inferences.push(plannedInference(effect, offers[effect.input] ?? HANDLED, grants));
          break;
        case "log": {
          const trace = offers[effect.input]?.trace;
          const said = { level: LOG_LEVELS[effect.args[0]] ?? "info", text: effectText(effect.args[1]).slice(0, 4096) };
          logs.push(trace === undefined ? said : { ...said, trace: traceId(trace) });
          break;
        }
      }
    } catch (cause) {
      throw new RefusedEffect(Math.min(effect.input, offers.length - 1), cause);
    }
  }
  settleUpTo(offers.length);
  if (durable) {
    for (const [key, value] of state) ops.push(value ? ["state.set", plugin, key, value] : ["state.delete", plugin, key]);
  }
  return { ops, state, timers, inferences, outputs, logs };
}

/** A tag is kept until there is an answer, and comes back with it: it names something, it is no store. */
const MAX_TAG_BYTES = 1024;

/** Throws E_PLUGIN_DENIED, E_TENSOR, E_GUEST_EFFECTS. */
function plannedInference({ input, args }: Extract<Effect, { call: "infer" }>, offer: Offer, grants: Grants): PlannedInference {
  const [modelBytes, tag, deadline, source, given] = args;
  const model = effectText(modelBytes);
  grants.infer(model);
  if (tag.length > MAX_TAG_BYTES) throw new StepppsError("E_GUEST_EFFECTS", `a tag of ${tag.length} bytes`);
  const tensors = source === INFER_SOURCE.payload ? payloadTensors(offer.payload) : given;
  decodeTensors(tensors);
  const { trace, hops } = offer;
  return {
    input,
    model,
    tag: effectText(tag),
    deadline: Math.max(1, Math.min(deadline, MAX_INFER_DEADLINE)),
    tensors,
    ...(trace !== undefined && { trace }),
    ...(hops !== undefined && { hops }),
  };
}

/** An input's payload as the one tensor of its bytes: what it is in, the model's manifest says. */
export function payloadTensors(payload: Uint8Array): Uint8Array {
  return encodeTensors([{ dtype: "uint8", dims: [payload.length], bytes: payload }]);
}

/** The last moment that JavaScript's Date knows, ms since the epoch: later ones are it. */
const END_OF_TIME = 8_640_000_000_000_000n;

/** As for @every: a timer that sets itself anew without a delay would run, and write, without end. */
const SHORTEST_DELAY_MS = 10;

function dueTime(due: bigint, now: number): number {
  return Math.max(now + SHORTEST_DELAY_MS, Number(due > END_OF_TIME ? END_OF_TIME : due));
}
