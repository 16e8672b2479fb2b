// node images/main.ts image|emulate|kernel|flash [arguments]: what `npm run image` and its like run.
import { StepppsError } from "../runtime/contract/index.ts";
import { imagePlaces } from "./steps/places.ts";
import { ask } from "./verbs/ask.ts";
import { emulate } from "./verbs/emulate.ts";
import { flash } from "./verbs/flash.ts";
import { image } from "./verbs/image.ts";
import { kernel } from "./verbs/kernel.ts";
import type { Verb, VerbContext } from "./verbs/verb.ts";

const VERBS: Readonly<Record<string, Verb>> = { image, emulate, flash, kernel };
const USAGE = 2;

async function main(): Promise<number> {
  const [name = "", ...args] = process.argv.slice(2);
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  const context: VerbContext = {
    places: imagePlaces(undefined, process.env.STEPPPS_ALPINE_MIRROR),
    env: process.env,
    signal: stop.signal,
    cwd: process.env.INIT_CWD ?? process.cwd(),
    ask: (question) => ask(question, stop.signal),
    say: (line) => process.stderr.write(`${line}\n`),
    print: (line) => process.stdout.write(`${line}\n`),
  };
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (!verb || args.includes("--help")) {
    for (const { usage } of verb ? [verb] : Object.values(VERBS)) context.say(usage);
    return verb ? 0 : USAGE;
  }
  try {
    await verb.run(args, context);
    return 0;
  } catch (error) {
    if (stop.signal.aborted) {
      context.say("stopped");
      return 1;
    }
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith("ERR_PARSE_ARGS")) context.say(`${message}\n${verb.usage}`);
    else if (error instanceof StepppsError) context.say(`${message}. ${error.row.fix}.`);
    else context.say(String((error as Error).stack));
    return code?.startsWith("ERR_PARSE_ARGS") || code === "E_CLI_OPTION" ? USAGE : 1;
  }
}

process.exitCode = await main();
