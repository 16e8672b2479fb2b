import { ABI_ENTRY, ABI_SAVE, INPUT_KIND } from "../../../runtime/contract/index.ts";
import { codecFunctions, P, put, take } from "./codec.ts";
import type { StateMember, Workflow } from "./model.ts";

/**
 * The AssemblyScript that drives a workflow: the ABI's two exports, the state codec and the reader of settings. It is
 * appended to the author's file, so that the author's lines keep their numbers.
 */
export function dispatcherOf(workflow: Workflow): string {
  return `
import * as ${P} from "steppps/runtime";
const ${P}_self = new ${workflow.className}();
${workflow.state.map(shadow).join("\n")}
export function ${ABI_ENTRY}(kind: i32, handler: i32, time: i64, seed: i64, name: i32, payload: i32, meta: i32): i32 {
  ${P}.begin(time, seed, name, payload, meta);
  let result = ${P}.UNKNOWN_HANDLER;
  if (kind >= ${INPUT_KIND.message}) {
    switch (handler) {
${workflow.handlers.map((one, i) => `      case ${i}: ${P}_self.${one.handler.method}(${one.takesMessage ? `${P}.message` : ""}); break;`).join("\n")}
      default: return result;
    }
    result = ${P}.finish();
  } else if (kind == ${INPUT_KIND.restore}) {
    result = ${P}_restore(${P}.message.topic, ${P}.value());
  } else if (kind == ${INPUT_KIND.configure}) {
    result = ${P}_configure(${P}.value());
  }
  ${P}.rest();
  return result;
}
export function ${ABI_SAVE}(): i32 {
${workflow.state.map(save).join("\n")}
  return ${P}.OK;
}
function ${P}_restore(name: string, value: ${P}.Cbor): i32 {
${workflow.state.map(restore).join("\n")}
  return ${P}.OK;
}
function ${P}_configure(settings: ${P}.Cbor): i32 {
  for (let item = ${P}.items(settings, true); item.exists; item = item.next()) {
    const name = item.key;
${workflow.config.map((field) => `    if (name == "${field.name}") ${P}_self.${field.name} = ${P}.readScalar<${field.type === "duration" ? "i64" : field.type}>(item);`).join("\n")}
    const result = ${P}.configured(name);
    if (result != ${P}.OK) return result;
  }
  return ${P}.configured("");
}
${codecFunctions(workflow).join("\n")}
`;
}

/** A name that the last stored value or encoding of a field goes by. */
function was(field: StateMember): string {
  return `${P}_was_${field.name}`;
}

/** What was stored last: of a scalar its value, of the rest the encoding. */
function shadow(field: StateMember): string {
  if (field.type.kind === "map") return "";
  if (field.type.kind === "scalar" && field.type.source !== "Uint8Array") {
    return `let ${was(field)}: ${field.type.source} = ${P}_self.${field.name};`;
  }
  // Bound to the class's own value, so that a field that never changed is never stored.
  return `const ${was(field)} = new ${P}.Encoded();\n${P}_note_${field.name}();\nfunction ${P}_note_${field.name}(): bool {\n  const to = ${P}.writer();\n  ${put(field.type, "to", `${P}_self.${field.name}`)}\n  return ${was(field)}.differs(to);\n}`;
}

function save(field: StateMember): string {
  const self = `${P}_self.${field.name}`;
  if (field.type.kind === "map") {
    return `  {
    const keys = ${self}.__takeTouched();
    for (let i = 0; i < keys.length; i++) {
      const key = ${P}.writeKey("${field.name}/", keys[i]);
      if (!${self}.has(keys[i])) { ${self}.__forget(keys[i]); ${P}.deleteField(key); continue; }
      const to = ${P}.writer();
      ${put(field.type.of, "to", `${self}.__peek(keys[i])`)}
      if (${self}.__differs(keys[i], to)) ${P}.storeField(key, to);
    }
  }`;
  }
  const changed =
    field.type.kind === "scalar" && field.type.source !== "Uint8Array" ? scalarChanged(field) : `${P}_note_${field.name}()`;
  const remember = field.type.kind === "scalar" && field.type.source !== "Uint8Array" ? `${was(field)} = ${self}; ` : "";
  const encode = remember
    ? `const to = ${P}.writer(); ${put(field.type, "to", self)} ${P}.storeField("${field.name}", to);`
    : `${P}.storeField("${field.name}", ${P}.encoded());`;
  return `  if (${changed}) { ${remember}${encode} }`;
}

/** Floats are compared by their bits, as their encodings are: a NaN is stored once. */
function scalarChanged(field: StateMember): string {
  const self = `${P}_self.${field.name}`;
  if (field.type.source === "f64" || field.type.source === "number")
    return `reinterpret<u64>(${self}) != reinterpret<u64>(${was(field)})`;
  if (field.type.source === "f32") return `reinterpret<u32>(${self}) != reinterpret<u32>(${was(field)})`;
  return `${self} != ${was(field)}`;
}

function restore(field: StateMember): string {
  const self = `${P}_self.${field.name}`;
  if (field.type.kind === "map") {
    const { key, of } = field.type;
    return `  if (name.startsWith("${field.name}/")) {
    const entry = ${take(of, "value")};
    const to = ${P}.writer();
    ${put(of, "to", "entry")}
    ${self}.__restore(${P}.readKey<${key}>(name.substring(${field.name.length + 1})), entry, to);
    return ${P}.restored(name);
  }`;
  }
  const remember =
    field.type.kind === "scalar" && field.type.source !== "Uint8Array"
      ? `${was(field)} = ${self};`
      : `${P}_note_${field.name}();`;
  return `  if (name == "${field.name}") { ${self} = ${take(field.type, "value")}; ${remember} return ${P}.restored(name); }`;
}
