import type { ImagePlaces } from "../steps/places.ts";

/** What a verb may use of the world. */
export interface VerbContext {
  readonly places: ImagePlaces;
  readonly env: NodeJS.ProcessEnv;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
  /** Where the command was given: relative paths mean this folder. */
  readonly cwd: string;
  /** What somebody types after a question; "" where nobody does. */
  readonly ask: (question: string) => Promise<string>;
  /** For people, on stderr. */
  readonly say: (line: string) => void;
  /** The result, on stdout. */
  readonly print: (line: string) => void;
}

/** `npm run <verb> -- <arguments>`. Throws a StepppsError with what to do about it. */
export interface Verb {
  readonly usage: string;
  readonly run: (args: readonly string[], context: VerbContext) => Promise<void>;
}
