import type { RecordType, StateType, Workflow } from "./model.ts";

/** Prefix of every generated name: no author's name begins like this. */
export const P = "__steppps";

/** A statement that appends `value` to the writer `to`. */
export function put(type: StateType, to: string, value: string): string {
  if (type.kind === "scalar") return `${P}.writeScalar<${type.source}>(${to}, ${value});`;
  return `${P}_put_${nameOf(type)}(${to}, ${value});`;
}

/** An expression that reads a value out of the Cbor `from`. */
export function take(type: StateType, from: string): string {
  if (type.kind === "scalar") return `${P}.readScalar<${type.source}>(${from})`;
  return `${P}_take_${nameOf(type)}(${from})`;
}

/** The functions that the types of a workflow's state need. */
export function codecFunctions(workflow: Workflow): string[] {
  const byName = new Map<string, string>();
  const visit = (type: StateType): void => {
    if (type.kind === "array" || type.kind === "map") visit(type.of);
    if (type.kind === "array") byName.set(nameOf(type), arrayFunctions(type));
  };
  for (const field of workflow.state) visit(field.type);
  for (const record of workflow.records) {
    for (const field of record.fields) visit(field.type);
    byName.set(record.name, recordFunctions(record));
  }
  return [...byName.values()];
}

function nameOf(type: StateType): string {
  return type.source.replace(/\W+/g, "_");
}

function arrayFunctions(type: StateType & { kind: "array" }): string {
  const name = nameOf(type);
  return `
function ${P}_put_${name}(to: ${P}.CborWriter, value: ${type.source}): void {
  to.array(value.length);
  for (let i = 0; i < value.length; i++) { ${put(type.of, "to", "value[i]")} }
}
function ${P}_take_${name}(from: ${P}.Cbor): ${type.source} {
  const value: ${type.source} = [];
  for (let item = ${P}.items(from, false); item.exists; item = item.next()) value.push(${take(type.of, "item")});
  return value;
}`;
}

/** Fields by name, so that a later version may add some: what is missing keeps the class's own value, what is unknown is left out. */
function recordFunctions(record: RecordType): string {
  const puts = record.fields.map((field) => `  to.text("${field.name}"); ${put(field.type, "to", `value.${field.name}`)}`);
  const takes = record.fields.map(
    (field) => `    if (key == "${field.name}") value.${field.name} = ${take(field.type, "item")};`,
  );
  return `
function ${P}_put_${record.name}(to: ${P}.CborWriter, value: ${record.name}): void {
  to.map(${record.fields.length});
${puts.join("\n")}
}
function ${P}_take_${record.name}(from: ${P}.Cbor): ${record.name} {
  const value = new ${record.name}();
  for (let item = ${P}.items(from, true); item.exists; item = item.next()) {
    const key = item.key;
${takes.join("\n")}
  }
  return value;
}`;
}
