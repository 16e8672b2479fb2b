import { CallExpression, type Source } from "assemblyscript";
import { isCallTo } from "./literal.ts";
import { walk } from "./walk.ts";

/** Every call of the function `name` in some sources. */
export function callsTo(sources: readonly Source[], name: string): CallExpression[] {
  const calls: CallExpression[] = [];
  for (const statement of sources.flatMap((source) => source.statements)) {
    walk(statement, (node) => {
      if (node instanceof CallExpression && isCallTo(node, name)) calls.push(node);
    });
  }
  return calls;
}
