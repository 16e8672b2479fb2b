import { IdentifierExpression, type Source } from "assemblyscript";
import { callsTo } from "./calls.ts";
import { literalOf } from "./literal.ts";
import type { HandlerMethod } from "./model.ts";
import type { Problems } from "./problems.ts";
import { constantsOf } from "./topics.ts";

/** The models that some sources ask; reports names that only the running plugin knows, and answers that no handler takes. */
export function askedModels(sources: readonly Source[], handlers: readonly HandlerMethod[], problems: Problems): string[] {
  const answered = handlers.flatMap(({ handler }) => (handler.kind === "inference" ? [handler.model] : []));
  const constants = constantsOf(sources);
  const models = new Set<string>();
  for (const { args, range } of callsTo(sources, "infer")) {
    const [name] = args;
    const model = name instanceof IdentifierExpression ? constants.get(name.text) : literalOf(name);
    if (typeof model !== "string") {
      problems.error(
        name?.range ?? range,
        "the manifest has to name each model, and this is only known when it runs",
        'write the name in quotes: infer("wear", …)',
      );
    } else if (!answered.includes(model)) {
      problems.error(range, "no handler takes this model's answer", `put @inference("${model}") above a method`);
    } else models.add(model);
  }
  return [...models];
}
