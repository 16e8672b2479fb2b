import { decodeInputs, encodeInputs, type Input, StepppsError } from "../../contract/index.ts";
import { applyChanges, migrate, type StateEntries } from "../plugin/migrate.ts";
import type { Version } from "../plugin/version.ts";
import { describeInput } from "../replay/describe.ts";
import { batchDifferences, formatDifference } from "../replay/difference.ts";
import { successor } from "../replay/successor.ts";
import type { Sandbox, SandboxResult } from "../sandbox/sandbox.ts";
import { StateImage } from "../workflow/image.ts";
import { HANDLED } from "../workflow/offer.ts";
import { planEffects, RefusedEffect } from "../workflow/plan.ts";
import { RecordedAnswers } from "./answers.ts";
import { Pieces } from "./pieces.ts";
import type { Rehearsal } from "./rehearsal.ts";

export interface ShadowOptions {
  readonly now: Version;
  readonly next: Version;
  readonly rehearsal: Rehearsal;
  /** ms of both versions' work at most, and inputs: the deploy waits for it. */
  readonly budgetMillis: number;
  readonly budgetInputs: number;
  /** Lines of differences that are told. */
  readonly lines: number;
  /** ms, never going back. */
  monotonic(): number;
}

export interface ShadowResult {
  /** Inputs that both handled. */
  readonly inputs: number;
  /** What came out otherwise, a line each. */
  readonly differences: readonly string[];
}

/** More than twice the time fails, from so many µs an input and in all: below that it is noise. */
const SLOWER = 2;
const NOISE_MICROS = 50;
const NOISE_ALL_MICROS = 5_000;

/**
 * Has both versions handle recorded inputs again, each in an instance of its own on a native thread. Nothing that they do leaves
 * their sandboxes. Throws E_DEPLOY_SHADOW where the new one stops or does what it may not and the old one doesn't, E_DEPLOY_SLOW,
 * and what a migration throws.
 */
export async function shadow(options: ShadowOptions): Promise<ShadowResult> {
  const { now, next, rehearsal, monotonic, lines } = options;
  const old = new Rehearsed(now, rehearsal.entries);
  const fresh = new Rehearsed(next, await inherit(next, now, rehearsal));
  const { translate } = successor({ manifest: next.manifest, wasm: NONE });
  const differences: string[] = [];
  const pieces = new Pieces();
  const answers = new RecordedAnswers();
  let inputs = 0;
  try {
    await old.start();
    await fresh.start();
    const until = monotonic() + options.budgetMillis;
    for await (const { seq, batch } of pieces.of(rehearsal.batches)) {
      const began = monotonic();
      const all = decodeInputs(batch);
      const given = withoutForeign(translate(batch, now.manifest), all, answers);
      const taken = given.given ? given.given.map((place) => all[place] as Input) : all;
      const before = await old.run(seq, batch, all);
      if (before.failure) break; // its own history: it can't be the measure of the other
      const after = await fresh.run(seq, given.inputs, taken);
      if (after.failure?.code === REJECTED) {
        // Saying no is what a version may do: it is told like any other difference. Its state is as before, its instance spent.
        differences.push(failed(after, seq, taken).detail);
        break;
      }
      if (after.failure) throw failed(after, seq, taken);
      answers.recorded(before.effects, all);
      answers.own(after.effects, taken);
      inputs += all.length;
      if (differences.length < lines) {
        const told = { effects: after.effects, ...(given.given && { given: given.given }) };
        differences.push(...batchDifferences(seq, batch, before, told).flatMap(formatDifference));
      }
      tooSlow(old.micros, fresh.micros, inputs);
      if (inputs >= options.budgetInputs || monotonic() > until) break;
      pieces.took(monotonic() - began);
    }
  } finally {
    old.close();
    fresh.close();
  }
  return { inputs, differences: differences.slice(0, lines) };
}

type Given = ReturnType<ReturnType<typeof successor>["translate"]>;

/** Less the answers to what the version did not ask. */
function withoutForeign(given: Given, all: readonly Input[], answers: RecordedAnswers): Given {
  if (all.every((input) => answers.gives(input))) return given;
  const places = given.given ?? all.map((_, place) => place);
  const left = places.map((place) => answers.gives(all[place] as Input));
  const inputs = decodeInputs(given.inputs).filter((_, at) => left[at]);
  return { inputs: encodeInputs(inputs), given: places.filter((_, at) => left[at]) };
}

const NONE = new Uint8Array(0);
const REJECTED = "E_GUEST_REJECTED";

interface Ran {
  readonly effects: Uint8Array;
  readonly failure?: { readonly input: number; readonly code: string; readonly message: string };
}

/** One version in an instance of its own, with the state that what it did has led to. */
class Rehearsed {
  micros = 0;
  readonly #version: Version;
  readonly #sandbox: Sandbox;
  readonly #image: StateImage;

  constructor(version: Version, entries: StateEntries) {
    this.#version = version;
    this.#sandbox = version.guest.instantiate(version.limits, "apart");
    this.#image = new StateImage(entries, version.limits.memoryBytes);
  }

  async start(): Promise<void> {
    const { stop } = await this.#sandbox.run(this.#image.restoreBatch(this.#version.settings));
    if (stop) throw new StepppsError("E_DEPLOY_MIGRATION", `with the state of a recorded moment: ${stop.code}: ${stop.message}`);
  }

  async run(seq: number, batch: Uint8Array, inputs: readonly Input[]): Promise<Ran> {
    const result = await this.#sandbox.run(batch);
    this.micros += result.micros ?? 0;
    const { effects, stop, completed } = result;
    if (stop) return { effects, failure: { input: completed, code: stop.code, message: stop.message } };
    return this.#gate(seq, result, inputs);
  }

  #gate(seq: number, { effects }: SandboxResult, inputs: readonly Input[]): Ran {
    const { grants, manifest } = this.#version;
    const offers = inputs.map(({ time }) => ({ ...HANDLED, time }));
    try {
      const scope = { plugin: manifest.name, seq, origin: undefined, grants, durable: false };
      this.#image.apply(planEffects(offers, effects, scope).state);
      return { effects };
    } catch (thrown) {
      const refused = thrown instanceof RefusedEffect ? thrown : undefined;
      const cause = refused?.cause ?? thrown;
      const code = cause instanceof StepppsError ? cause.code : "E_FRAME";
      return { effects, failure: { input: refused?.input ?? inputs.length - 1, code, message: (cause as Error).message } };
    }
  }

  close(): void {
    this.#sandbox.close();
  }
}

async function inherit(next: Version, now: Version, { entries, time }: Rehearsal): Promise<StateEntries> {
  if (!next.manifest.migrates) return entries;
  const { changes } = await migrate(next, { from: now.manifest.version, time, entries });
  return applyChanges(entries, changes);
}

function failed({ failure }: Ran, seq: number, inputs: readonly Input[]): StepppsError {
  const { input: place, code, message } = failure as NonNullable<Ran["failure"]>;
  const input = inputs[Math.min(place, inputs.length - 1)];
  const which = input ? describeInput(seq + place, input) : `#${seq}`;
  return new StepppsError("E_DEPLOY_SHADOW", `${which}: ${message.startsWith(code) ? message : `${code}: ${message}`}`);
}

function tooSlow(before: number, after: number, inputs: number): void {
  if (after <= SLOWER * before || after - before < Math.max(NOISE_ALL_MICROS, NOISE_MICROS * inputs)) return;
  const each = (micros: number) => `${Math.round(micros / inputs)} µs`;
  throw new StepppsError("E_DEPLOY_SLOW", `${each(after)} an input over ${inputs} inputs, before: ${each(before)}`);
}
