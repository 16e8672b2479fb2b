import { nearName } from "./near-name.ts";

/** A place where a value is not what its schema asks for. `path` is a JSON pointer (RFC 6901). */
export interface SchemaFault {
  readonly path: string;
  readonly message: string;
}

/** The keywords of JSON Schema that this project's schemas use; a test holds the checks against typebox's own. */
interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/**
 * What is wrong with `value`. typebox's own check is not used at run time: loading it takes 6 MiB and some 50 ms of every
 * start, for the dozen keywords that are used here.
 */
export function checkSchema(schema: object, value: unknown, path = ""): SchemaFault[] {
  const { type, const: constant, enum: choices, anyOf } = schema as Schema;
  const fault = (message: string): SchemaFault[] => [{ path, message }];
  if (anyOf) return checkUnion(anyOf, value, path);
  if (constant !== undefined && value !== constant) return fault(`must be ${JSON.stringify(constant)}`);
  if (choices && !choices.includes(value))
    return fault(`must be one of ${choices.map((choice) => JSON.stringify(choice)).join(", ")}`);
  const check = type === undefined ? undefined : CHECKS[type];
  return check ? check(schema as Schema, value, path) : [];
}

const CHECKS: Readonly<Record<string, (schema: Schema, value: unknown, path: string) => SchemaFault[]>> = {
  object: checkObject,
  array: checkArray,
  string: checkString,
  number: checkNumber,
  integer: (schema, value, path) =>
    Number.isInteger(value) ? checkNumber(schema, value, path) : [{ path, message: "must be a whole number" }],
  boolean: (_, value, path) => (typeof value === "boolean" ? [] : [{ path, message: "must be true or false" }]),
};

/** Of several possibilities, what is wrong with the one that the value comes nearest to. */
function checkUnion(anyOf: readonly Schema[], value: unknown, path: string): SchemaFault[] {
  let nearest: SchemaFault[] | undefined;
  for (const schema of anyOf) {
    const faults = checkSchema(schema, value, path);
    if (faults.length === 0) return [];
    const here = faults.some((fault) => fault.path === path);
    if (!here && (!nearest || faults.length < nearest.length)) nearest = faults;
  }
  const messages = anyOf.flatMap((schema) => checkSchema(schema, value, path).filter((fault) => fault.path === path));
  return (
    nearest ?? [{ path, message: [...new Set(messages.map(({ message }) => message))].join(" or ") || "must be something else" }]
  );
}

function checkObject(schema: Schema, value: unknown, path: string): SchemaFault[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [{ path, message: "must be a map" }];
  const { properties = {}, required = [], patternProperties = {}, additionalProperties } = schema;
  const faults: SchemaFault[] = [];
  for (const name of required) if (!Object.hasOwn(value, name)) faults.push({ path, message: `must have ${name}` });
  for (const [name, inner] of Object.entries(value)) {
    const at = `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const matching = Object.entries(patternProperties).filter(([pattern]) => new RegExp(pattern, "u").test(name));
    if (known) faults.push(...checkSchema(known, inner, at));
    for (const [, matched] of matching) faults.push(...checkSchema(matched, inner, at));
    if (!known && matching.length === 0 && additionalProperties === false) {
      const near = name.length > 40 ? undefined : nearName(name, Object.keys(properties));
      faults.push({ path: at, message: `is not known here${near === undefined ? "" : `; did you mean ${near}?`}` });
    }
  }
  return faults;
}

function checkArray(
  { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY }: Schema,
  value: unknown,
  path: string,
): SchemaFault[] {
  if (!Array.isArray(value)) return [{ path, message: "must be a list" }];
  if (value.length < minItems || value.length > maxItems)
    return [{ path, message: `must have ${minItems} to ${maxItems} entries` }];
  return items ? value.flatMap((inner, index) => checkSchema(items, inner, `${path}/${index}`)) : [];
}

function checkString({ minLength = 0, maxLength, pattern }: Schema, value: unknown, path: string): SchemaFault[] {
  if (typeof value !== "string") return [{ path, message: "must be a text" }];
  if (value.length < minLength) return [{ path, message: `must have at least ${minLength} characters` }];
  if (maxLength !== undefined && value.length > maxLength)
    return [{ path, message: `must have at most ${maxLength} characters` }];
  if (pattern !== undefined && !new RegExp(pattern, "u").test(value)) return [{ path, message: `must match ${pattern}` }];
  return [];
}

function checkNumber({ minimum, maximum }: Schema, value: unknown, path: string): SchemaFault[] {
  if (typeof value !== "number" || !Number.isFinite(value)) return [{ path, message: "must be a number" }];
  if (minimum !== undefined && value < minimum) return [{ path, message: `must be at least ${minimum}` }];
  if (maximum !== undefined && value > maximum) return [{ path, message: `must be at most ${maximum}` }];
  return [];
}
