import { CallExpression, type ClassDeclaration, MethodDeclaration, type Source } from "assemblyscript";
import { callsTo } from "./calls.ts";
import { decoratorName, decoratorOf } from "./decorator.ts";
import { HANDLER_KINDS } from "./handlers.ts";
import { isCallTo } from "./literal.ts";
import type { MigrationMethod } from "./model.ts";
import type { Problems } from "./problems.ts";
import { walk } from "./walk.ts";

const EXAMPLE = "write @migrate migrate(from: string): void";
/** What reads the old state. */
const READERS = ["oldState", "oldKeys"];
/** What a migration may not do: a device refuses a version that does. */
const DENIED = ["publish", "startTimer", "cancelTimer", "infer"];

/** The method with `@migrate`; undefined when there is none. What is wrong with it goes to `problems`. */
export function migrationOf(
  sources: readonly Source[],
  declaration: ClassDeclaration,
  problems: Problems,
): MigrationMethod | undefined {
  const methods = declaration.members.filter((member) => member instanceof MethodDeclaration);
  const [method, second] = methods.filter((member) => decoratorOf(member, "migrate"));
  if (!method) {
    for (const call of READERS.flatMap((name) => callsTo(sources, name))) {
      problems.error(call.range, "there is old state only while a version takes over", `${EXAMPLE}, and read it there`);
    }
    return undefined;
  }
  if (second) problems.error(second.name.range, "a version migrates in one method", "call the other one from the first");
  checkSignature(method, problems);
  checkCalls(method, problems);
  return { method: method.name.text, takesVersion: method.signature.parameters.length > 0 };
}

function checkSignature(method: MethodDeclaration, problems: Problems): void {
  const { parameters, returnType } = method.signature;
  const type = parameters[0]?.type.range.toString();
  if (parameters.length > 1 || (parameters.length === 1 && type !== "string")) {
    problems.error(method.name.range, "a migration takes the version that it follows, or nothing", EXAMPLE);
  }
  if (!["void", ""].includes(returnType.range.toString())) {
    problems.error(returnType.range, "a migration returns nothing", "write void, and set the fields");
  }
  for (const decorator of method.decorators ?? []) {
    if (!(decoratorName(decorator) in HANDLER_KINDS)) continue;
    problems.error(decorator.range, "a migration is no handler", "put what both do into a method of its own");
  }
}

function checkCalls(method: MethodDeclaration, problems: Problems): void {
  walk(method, (node) => {
    const name = node instanceof CallExpression && DENIED.find((one) => isCallTo(node, one));
    if (name) problems.error(node.range, `a migration cannot call ${name}()`, "it sets fields; the first handler does the rest");
  });
}
