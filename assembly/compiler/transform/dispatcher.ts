import { ABI_ENTRY, ABI_SAVE, type ConfigField, INPUT_KIND } from "../../../runtime/contract/index.ts";
import { codecFunctions, P } from "./codec.ts";
import type { HandlerMethod, Workflow } from "./model.ts";
import { fieldCode } from "./state-code.ts";

/**
 * The AssemblyScript that drives a workflow: the ABI's two exports, the state codec and the reader of settings. It is
 * appended to the author's file, so that the author's lines keep their numbers.
 */
export function dispatcherOf(workflow: Workflow): string {
  const fields = workflow.state.map(fieldCode);
  return `
import * as ${P} from "steppps/runtime";
const ${P}_self = new ${workflow.className}();
${fields.map((field) => field.declare).join("\n")}
export function ${ABI_ENTRY}(kind: i32, handler: i32, time: i64, seed: i64, name: i32, payload: i32, meta: i32): i32 {
  ${P}.begin(time, seed, name, payload, meta);
  let result = ${P}.UNKNOWN_HANDLER;
  if ((kind >= ${INPUT_KIND.message} && kind <= ${INPUT_KIND.schedule}) || kind == ${INPUT_KIND.inference}) {
    switch (handler) {
${workflow.handlers.map(handlerCase).join("\n")}
      default: return result;
    }
    result = ${P}.finish();
  } else if (kind == ${INPUT_KIND.restore}) {
    result = ${restored(workflow, `${P}_restore(${P}.message.topic, ${P}.value())`)};
  } else if (kind == ${INPUT_KIND.configure}) {
    result = ${P}_configure(${P}.value());
  }${migration(workflow)}
  ${P}.rest();
  return result;
}
export function ${ABI_SAVE}(): i32 {
${fields.map((field) => field.save).join("\n")}
  return ${P}.OK;
}
function ${P}_restore(name: string, value: ${P}.Cbor): i32 {
${fields.map((field) => field.restore).join("\n")}
  return ${P}.NOT_MINE;
}
function ${P}_configure(settings: ${P}.Cbor): i32 {
  for (let item = ${P}.items(settings, true); item.exists; item = item.next()) {
    const name = item.key;
${workflow.config.map(setting).join("\n")}
    if (${P}.configured(name) != ${P}.OK) return ${P}.BAD_CONFIG;
  }
  return ${P}.configured("");
}
${codecFunctions(workflow).join("\n")}
`;
}

function handlerCase({ handler, takesInput }: HandlerMethod, number: number): string {
  const given = takesInput ? `${P}.${handler.kind === "inference" ? "inference" : "message"}` : "";
  return `      case ${number}: ${P}_self.${handler.method}(${given}); break;`;
}

function restored({ migration }: Workflow, result: string): string {
  return migration ? `${P}.restoredOrPutAside(${result}, handler)` : `${P}.restored(${result})`;
}

function migration({ migration }: Workflow): string {
  if (!migration) return "";
  return ` else if (kind == ${INPUT_KIND.migrate}) {
    ${P}_self.${migration.method}(${migration.takesVersion ? `${P}.message.topic` : ""});
    result = ${P}.migrated();
  }`;
}

function setting({ name, type }: ConfigField): string {
  return `    if (name == "${name}") ${P}_self.${name} = ${P}.readScalar<${type === "duration" ? "i64" : type}>(item);`;
}
