import { type Expression, type Source, TemplateLiteralExpression } from "assemblyscript";
import { parseDuration, topicMatches } from "../../../runtime/contract/index.ts";
import { callsTo } from "./calls.ts";
import { literalOf } from "./literal.ts";
import type { HandlerMethod } from "./model.ts";
import type { Problems } from "./problems.ts";

/** Stands for a part of a name that only the running plugin knows: a letter of Unicode that nobody writes. */
const UNKNOWN = "\ue000";

/** Whether the sources use timers; reports those that no handler takes, and durations that are none. */
export function checkTimers(sources: readonly Source[], handlers: readonly HandlerMethod[], problems: Problems): boolean {
  const filters = handlers.flatMap(({ handler }) => (handler.kind === "timer" ? [handler.name] : []));
  const starts = callsTo(sources, "startTimer");
  for (const { args } of starts) {
    const [timer, after] = args;
    const name = timer && nameOf(timer);
    if (timer && name !== undefined && !filters.some((filter) => topicMatches(filter, name))) {
      const filter = name.replace(new RegExp(`[^/]*${UNKNOWN}[^/]*`, "g"), "+");
      problems.error(timer.range, "no handler takes this timer", `put @timer("${filter}") above a method`);
    }
    checkDuration(after, problems);
  }
  for (const { args } of callsTo(sources, "duration")) checkDuration(args[0], problems);
  return filters.length > 0 || starts.length > 0 || callsTo(sources, "cancelTimer").length > 0;
}

/** The name as far as the source shows it, with a letter for each part that it does not. */
function nameOf(expression: Expression): string | undefined {
  if (expression instanceof TemplateLiteralExpression) return expression.parts.join(UNKNOWN);
  const literal = literalOf(expression);
  return typeof literal === "string" ? literal : undefined;
}

function checkDuration(expression: Expression | undefined, problems: Problems): void {
  const text = literalOf(expression);
  if (!expression || typeof text !== "string") return;
  try {
    parseDuration(text);
  } catch {
    problems.error(expression.range, `"${text}" is not a duration`, "write for example 500ms, 5s, 2m, 1h or 7d");
  }
}
