import type { Type as Builder } from "typebox";

const OPTIONAL = Symbol("optional");
type Schema = Readonly<Record<string | symbol, unknown>>;

/**
 * typebox's builders, as far as they are used here: the same calls, the same types, the same JSON Schema, and 160 KB less
 * to load at every start. A test checks every schema with typebox itself.
 */
const builders = {
  String: (options?: Schema) => ({ type: "string", ...options }),
  Number: (options?: Schema) => ({ type: "number", ...options }),
  Integer: (options?: Schema) => ({ type: "integer", ...options }),
  Boolean: (options?: Schema) => ({ type: "boolean", ...options }),
  Literal: (value: unknown) => ({ const: value }),
  Enum: (values: readonly unknown[]) => ({ enum: values }),
  Union: (anyOf: readonly Schema[]) => ({ anyOf }),
  Array: (items: Schema, options?: Schema) => ({ type: "array", items, ...options }),
  Optional: (schema: Schema) => ({ ...schema, [OPTIONAL]: true }),
  Object: (properties: Readonly<Record<string, Schema>>, options?: Schema) => ({
    type: "object",
    required: Object.keys(properties).filter((name) => !properties[name]?.[OPTIONAL]),
    properties,
    ...options,
  }),
  Record: (name: Schema, value: Schema, options?: Schema) => ({
    type: "object",
    patternProperties: { [String(name.pattern ?? "^.*$")]: value },
    ...options,
  }),
  Unsafe: (schema: Schema) => schema,
};

export const Type = builders as unknown as Pick<typeof Builder, keyof typeof builders>;
