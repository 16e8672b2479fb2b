import type { DecoratorNode, MethodDeclaration } from "assemblyscript";
import { ModelName, parse, parseDuration, parseTopicFilter } from "../../../runtime/contract/index.ts";
import { checkCron } from "./cron.ts";
import { decoratorName } from "./decorator.ts";
import { literalOf } from "./literal.ts";
import type { HandlerMethod } from "./model.ts";
import type { Problems } from "./problems.ts";

type Handler = HandlerMethod["handler"];

/** One kind of handler: what its decorator's text means, and how to write it right. */
interface HandlerKind {
  readonly example: string;
  /** What a method of the kind is given. */
  readonly takes: "Message" | "InferenceResult";
  /** Throws when the text is not what it should be. */
  readonly read: (text: string, method: string, configStrings: ReadonlySet<string>) => Handler;
}

export const HANDLER_KINDS: Readonly<Record<string, HandlerKind>> = {
  on: {
    example: '@on("sensors/+/temperature")',
    takes: "Message",
    read: (filter, method, configStrings) => ({ kind: "message", filter: checkFilter(filter, configStrings), method }),
  },
  every: {
    example: '@every("5s")',
    takes: "Message",
    read: (period, method) => ({ kind: "every", period: checkPeriod(period), method }),
  },
  cron: {
    example: '@cron("0 7 * * mon-fri")',
    takes: "Message",
    read: (expression, method) => ({ kind: "cron", expression: checkCron(expression), method }),
  },
  timer: {
    example: '@timer("off")',
    takes: "Message",
    read: (name, method) => ({ kind: "timer", name: checkTimer(name), method }),
  },
  inference: {
    example: '@inference("wear")',
    takes: "InferenceResult",
    read: (model, method) => ({ kind: "inference", model: checkModel(model), method }),
  },
};

/** The handlers that a method's decorators make it; none when it has none. */
export function handlersOf(method: MethodDeclaration, configStrings: ReadonlySet<string>, problems: Problems): HandlerMethod[] {
  const handlers: HandlerMethod[] = [];
  const takes = new Set<HandlerKind["takes"]>();
  for (const decorator of method.decorators ?? []) {
    const kind = HANDLER_KINDS[decoratorName(decorator)];
    const handler = kind && readHandler(kind, decorator, method, configStrings, problems);
    if (!handler) continue;
    handlers.push({ handler, takesInput: method.signature.parameters.length > 0 });
    takes.add(kind.takes);
  }
  for (const type of takes) checkSignature(method, type, problems);
  return handlers;
}

function readHandler(
  kind: HandlerKind,
  decorator: DecoratorNode,
  method: MethodDeclaration,
  configStrings: ReadonlySet<string>,
  problems: Problems,
): Handler | undefined {
  const text = literalOf(decorator.args?.[0]);
  if (typeof text !== "string" || decorator.args?.length !== 1) {
    problems.error(
      decorator.range,
      "the manifest is made from this text, so it has to be one string in quotes",
      `write ${kind.example}`,
    );
    return undefined;
  }
  try {
    return kind.read(text, method.name.text, configStrings);
  } catch (cause) {
    problems.error(
      (decorator.args[0] ?? decorator).range,
      (cause as Error).message.replace(/^E_\w+: /, ""),
      `for example ${kind.example}`,
    );
    return undefined;
  }
}

function checkSignature(method: MethodDeclaration, takes: HandlerKind["takes"], problems: Problems): void {
  const [first, ...more] = method.signature.parameters;
  const type = first?.type.range.toString();
  if (more.length > 0 || (first && type !== takes)) {
    const [what, name] = takes === "Message" ? ["the message", "message"] : ["the model's answer", "result"];
    problems.error(
      method.name.range,
      `a handler takes ${what}, or nothing`,
      `write ${method.name.text}(${name}: ${takes}): void`,
    );
  }
  const returns = method.signature.returnType.range.toString();
  if (returns !== "void" && returns !== "") {
    problems.error(method.signature.returnType.range, "a handler returns nothing", "write void, and publish() what it found");
  }
}

function checkFilter(filter: string, configStrings: ReadonlySet<string>): string {
  const resolved = filter.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    if (!configStrings.has(name)) throw new Error(`{${name}} is not a @config field of type string`);
    return "x";
  });
  parseTopicFilter(resolved);
  return filter;
}

function checkPeriod(text: string): number {
  const period = parseDuration(text);
  if (period < 10) throw new Error("the shortest period is 10ms");
  if (period > 31_536_000_000) throw new Error("the longest period is 365d");
  return period;
}

function checkModel(model: string): string {
  return parse(ModelName, model);
}

function checkTimer(name: string): string {
  if (name.length < 1 || name.length > 200) throw new Error("a timer's name has 1 to 200 characters");
  return parseTopicFilter(name);
}
