import {
  BinaryExpression,
  type Expression,
  IdentifierExpression,
  PropertyAccessExpression,
  type Source,
  StringLiteralExpression,
  TemplateLiteralExpression,
  ThisExpression,
  VariableStatement,
} from "assemblyscript";
import { filterCovers } from "../../../runtime/contract/index.ts";
import { callsTo } from "./calls.ts";
import { literalOf } from "./literal.ts";
import type { Problems } from "./problems.ts";

/** What the topics of `publish` calls are made of. */
interface TopicContext {
  /** `@config` fields that hold a string: they may stand in a pattern as {name}. */
  readonly configStrings: ReadonlySet<string>;
  readonly constants: ReadonlyMap<string, string>;
}

/**
 * The topics that some sources publish to, as the manifest names them. `declared` comes from `@publishes`; a topic that
 * only the running plugin knows needs it, and the host then checks each one.
 */
export function publishedTopics(
  sources: readonly Source[],
  configStrings: ReadonlySet<string>,
  declared: readonly string[],
  problems: Problems,
): string[] {
  const context: TopicContext = { configStrings, constants: constantsOf(sources) };
  const topics = new Set(declared);
  for (const call of callsTo(sources, "publish")) {
    const topic = call.args[0];
    if (!topic) continue;
    const pattern = patternOf(topic, context);
    if (pattern !== undefined) {
      if (!declared.some((filter) => filterCovers(filter, pattern))) topics.add(pattern);
    } else if (declared.length === 0) {
      problems.error(
        topic.range,
        "which topic this publishes to is only known when it runs, and the manifest has to name it",
        `add @publishes("…") above the class with a filter that covers it, such as @publishes("${guess(topic, context)}")`,
      );
    }
  }
  return [...topics];
}

/** `const NAME = "text"` at the top of a file. */
export function constantsOf(sources: readonly Source[]): Map<string, string> {
  const constants = new Map<string, string>();
  for (const statement of sources.flatMap((source) => source.statements)) {
    if (!(statement instanceof VariableStatement)) continue;
    for (const declaration of statement.declarations) {
      const value = literalOf(declaration.initializer);
      if (
        typeof value === "string" &&
        statement.range
          .toString()
          .trimStart()
          .match(/^(export\s+)?const\b/)
      ) {
        constants.set(declaration.name.text, value);
      }
    }
  }
  return constants;
}

function patternOf(expression: Expression, context: TopicContext): string | undefined {
  if (expression instanceof StringLiteralExpression) return expression.value;
  if (expression instanceof IdentifierExpression) return context.constants.get(expression.text);
  if (expression instanceof PropertyAccessExpression && expression.expression instanceof ThisExpression) {
    const field = expression.property.text;
    return context.configStrings.has(field) ? `{${field}}` : undefined;
  }
  if (expression instanceof BinaryExpression) return joined([expression.left, expression.right], ["", "", ""], context);
  if (expression instanceof TemplateLiteralExpression && !expression.tag)
    return joined(expression.expressions, expression.parts, context);
  return undefined;
}

function joined(expressions: readonly Expression[], parts: readonly string[], context: TopicContext): string | undefined {
  let pattern = parts[0] ?? "";
  for (const [i, expression] of expressions.entries()) {
    const piece = patternOf(expression, context);
    if (piece === undefined) return undefined;
    pattern += piece + (parts[i + 1] ?? "");
  }
  return pattern;
}

/** A filter for the hint: what is known, with '+' for the levels that are not. */
function guess(expression: Expression, context: TopicContext): string {
  if (!(expression instanceof TemplateLiteralExpression)) return "alerts/+";
  const text = expression.parts.map((part, i) => {
    const hole = expression.expressions[i];
    return part + (hole ? (patternOf(hole, context) ?? "\0") : "");
  });
  return text
    .join("")
    .split("/")
    .map((level) => (level.includes("\0") ? "+" : level))
    .join("/");
}
