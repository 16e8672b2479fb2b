import { type DeclarationStatement, type DecoratorNode, IdentifierExpression } from "assemblyscript";

/** "on" of `@on("…")`; "" for a dotted one. */
export function decoratorName(decorator: DecoratorNode): string {
  return decorator.name instanceof IdentifierExpression ? decorator.name.text : "";
}

export function decoratorOf(declaration: DeclarationStatement, name: string): DecoratorNode | undefined {
  return declaration.decorators?.find((decorator: DecoratorNode) => decoratorName(decorator) === name);
}
