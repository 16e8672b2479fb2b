import { decodeEffects, decodeInputs, equalBytes } from "../../contract/index.ts";
import { describeEffect, describeInput } from "./describe.ts";

/** What one batch came to, for two versions or at two times. */
export interface Outcome {
  readonly effects: Uint8Array;
  /** Why it stopped in the middle; what it did until then is in the effects. */
  readonly stop?: string;
  /** Places of the inputs that it was given, where it was not given all. */
  readonly given?: readonly number[];
}

/** One input that came out otherwise. */
export interface InputDifference {
  /** Number of the input. */
  readonly seq: number;
  readonly input: string;
  /** What only the first did, and what only the second did, in order. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * The inputs of a batch that came out otherwise, by what each did. State is written once a batch, so a field that differs is told
 * with the batch's last input. Equal bytes cost one comparison.
 */
export function batchDifferences(seq: number, inputs: Uint8Array, before: Outcome, after: Outcome): InputDifference[] {
  if (before.stop === after.stop && equalBytes(before.effects, after.effects)) return [];
  const given = decodeInputs(inputs);
  const sides = [before, after].map(({ effects, stop, given: places }) => {
    const lines = given.map((): string[] => []);
    for (const effect of decodeEffects(effects)) {
      const place = places ? (places[effect.input] ?? places.at(-1) ?? 0) : effect.input;
      lines[Math.min(place, given.length - 1)]?.push(describeEffect(effect));
    }
    if (stop !== undefined) lines.at(-1)?.push(`stopped: ${stop}`);
    return lines;
  });
  return given.flatMap((input, index) => {
    const [mine = [], theirs = []] = sides.map((lines) => lines[index]);
    const only = { before: without(mine, theirs), after: without(theirs, mine) };
    // The same lines in another order are a difference too.
    if (only.before.length + only.after.length === 0 && mine.join("\n") === theirs.join("\n")) return [];
    const lines = only.before.length + only.after.length === 0 ? { before: mine, after: theirs } : only;
    return [{ seq: seq + index, input: describeInput(seq + index, input), ...lines }];
  });
}

/** As lines of a patch: the input, then `- ` what the first did and `+ ` what the second did. */
export function formatDifference({ input, before, after }: InputDifference): string[] {
  return [input, ...before.map((line) => `  - ${line}`), ...after.map((line) => `  + ${line}`)];
}

/** `lines` less those of `others`, each as often as it is there. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = counts.get(line) ?? 0;
    if (count > 0) counts.set(line, count - 1);
    return count === 0;
  });
}
