import {
  CallExpression,
  type Expression,
  FalseExpression,
  FloatLiteralExpression,
  IdentifierExpression,
  IntegerLiteralExpression,
  ObjectLiteralExpression,
  StringLiteralExpression,
  TrueExpression,
  UnaryPrefixExpression,
} from "assemblyscript";

export type Literal = string | number | boolean;

/** The value of a literal; undefined for anything that only the running plugin knows. */
export function literalOf(expression: Expression | null | undefined): Literal | undefined {
  if (expression instanceof StringLiteralExpression) return expression.value;
  if (expression instanceof TrueExpression) return true;
  if (expression instanceof FalseExpression) return false;
  if (expression instanceof FloatLiteralExpression || expression instanceof IntegerLiteralExpression) {
    return Number(expression.range.toString().replaceAll("_", ""));
  }
  if (expression instanceof UnaryPrefixExpression && expression.range.toString().startsWith("-")) {
    const value = literalOf(expression.operand);
    return typeof value === "number" ? -value : undefined;
  }
  return undefined;
}

/** The text of `duration("…")`; undefined for anything else. */
export function durationLiteral(expression: Expression | null | undefined): string | undefined {
  if (!(expression instanceof CallExpression) || !isCallTo(expression, "duration")) return undefined;
  const text = literalOf(expression.args[0]);
  return typeof text === "string" ? text : undefined;
}

export function isCallTo(call: CallExpression, name: string): boolean {
  return call.expression instanceof IdentifierExpression && call.expression.text === name;
}

/** The fields of an object literal by name. */
export function fieldsOf(expression: Expression | undefined): Map<string, Expression> | undefined {
  if (!(expression instanceof ObjectLiteralExpression)) return undefined;
  return new Map(expression.names.map((name, i) => [name.text, expression.values[i] as Expression]));
}
