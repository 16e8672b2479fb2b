import { P, put, take } from "./codec.ts";
import type { StateMember, StateType } from "./model.ts";

/** The AssemblyScript that stores one `@state` field. */
export interface FieldCode {
  /** At the top: what the field was when it was stored last. */
  readonly declare: string;
  /** In `steppps_save`: stores the field if it changed. */
  readonly save: string;
  /** In the reader of stored entries: takes the entry `value` if its `name` is this field's. */
  readonly restore: string;
}

export function fieldCode({ name, type }: StateMember): FieldCode {
  if (type.kind === "map") return mapCode(name, type);
  return type.kind === "scalar" && type.source !== "Uint8Array" ? scalarCode(name, type) : compoundCode(name, type);
}

/** A scalar: its last value is kept, and compared. */
function scalarCode(name: string, type: StateType): FieldCode {
  const self = `${P}_self.${name}`;
  const was = `${P}_was_${name}`;
  // Floats are compared by their bits, as their encodings would be: a NaN is stored once, and -0 is not 0.
  const bits = { f64: "reinterpret<u64>", number: "reinterpret<u64>", f32: "reinterpret<u32>" }[type.source] ?? "";
  return {
    declare: `let ${was}: ${type.source} = ${self};`,
    save: `  if (${bits}(${self}) != ${bits}(${was})) {
    ${was} = ${self};
    const to = ${P}.writer();
    ${put(type, "to", self)}
    ${P}.storeField("${name}", to);
  }`,
    restore: `  if (name == "${name}") {
    const taken = ${take(type, "value")};
    if (!${P}.fits()) return ${P}.BAD_STATE;
    ${self} = taken;
    ${was} = taken;
    return ${P}.OK;
  }`,
  };
}

/** An array, class or bytes, which may change from within: its last encoding is kept. The one that the class begins with counts as stored. */
function compoundCode(name: string, type: StateType): FieldCode {
  const self = `${P}_self.${name}`;
  const differs = `${P}_differs_${name}`;
  return {
    declare: `const ${P}_was_${name} = new ${P}.Encoded();
${differs}();
function ${differs}(): bool {
  const to = ${P}.writer();
  ${put(type, "to", self)}
  return ${P}_was_${name}.differs(to);
}`,
    save: `  if (${differs}()) ${P}.storeField("${name}", ${P}.encoded());`,
    restore: `  if (name == "${name}") {
    const taken = ${take(type, "value")};
    if (!${P}.fits()) return ${P}.BAD_STATE;
    ${self} = taken;
    ${differs}();
    return ${P}.OK;
  }`,
  };
}

/** A StateMap: it knows which keys were touched; each entry is stored under field/key. */
function mapCode(name: string, { key, of }: StateType & { kind: "map" }): FieldCode {
  const self = `${P}_self.${name}`;
  return {
    declare: "",
    save: `  const ${P}_keys_${name} = ${self}.__takeTouched();
  for (let i = 0; i < ${P}_keys_${name}.length; i++) {
    const key = ${P}_keys_${name}[i];
    const entry = ${P}.writeKey("${name}/", key);
    if (!${self}.has(key)) {
      ${self}.__forget(key);
      ${P}.deleteField(entry);
      continue;
    }
    const to = ${P}.writer();
    ${put(of, "to", `${self}.__peek(key)`)}
    if (${self}.__differs(key, to)) ${P}.storeField(entry, to);
  }`,
    restore: `  if (name.startsWith("${name}/")) {
    const entry = ${take(of, "value")};
    const key = name.substring(${name.length + 1});
    if (!${P}.fits() || !${P}.keyFits<${key}>(key)) return ${P}.BAD_STATE;
    const to = ${P}.writer();
    ${put(of, "to", "entry")}
    ${self}.__restore(${P}.readKey<${key}>(key), entry, to);
    return ${P}.OK;
  }`,
  };
}
