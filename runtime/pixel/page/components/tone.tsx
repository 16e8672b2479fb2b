import type { ComponentChildren } from "preact";
import type { Tone } from "../../figures/health.ts";

/** Each tone has a shape of its own: colour is never the only sign. */
const SHAPES: Readonly<Record<Tone, string>> = {
  good: "M6 .8a5.2 5.2 0 1 1 0 10.4A5.2 5.2 0 0 1 6 .8Zm2.3 3.1L5.2 7 3.7 5.5l-.9.9L5.2 8.8l4-4Z",
  neutral: "M6 .8a5.2 5.2 0 1 1 0 10.4A5.2 5.2 0 0 1 6 .8Zm0 1.5a3.7 3.7 0 1 0 0 7.4 3.7 3.7 0 0 0 0-7.4Z",
  warn: "M6 .6 11.8 11H.2ZM5.4 4.4v3h1.2v-3Zm0 3.9v1.3h1.2V8.3Z",
  bad: "M3.6.6h4.8l3 3v4.8l-3 3H3.6l-3-3V3.6Zm.9 3L3.6 4.5 5.1 6 3.6 7.5l.9.9L6 6.9l1.5 1.5.9-.9L6.9 6l1.5-1.5-.9-.9L6 5.1Z",
};

export function ToneMark({ tone }: { tone: Tone }) {
  return (
    <svg class={`tone-mark ${tone}`} viewBox="0 0 12 12" aria-hidden="true">
      <path fill-rule="evenodd" d={SHAPES[tone]} />
    </svg>
  );
}

/** A word with its mark, in its colour. */
export function ToneWord({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return (
    <span class={`tone-word ${tone}`}>
      <ToneMark tone={tone} />
      {children}
    </span>
  );
}
