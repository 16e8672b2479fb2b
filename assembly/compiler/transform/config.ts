import type { DecoratorNode, FieldDeclaration } from "assemblyscript";
import { type ConfigField, parseDuration } from "../../../runtime/contract/index.ts";
import { docBefore } from "./doc.ts";
import { durationLiteral, fieldsOf, type Literal, literalOf } from "./literal.ts";
import type { Problems } from "./problems.ts";

const TYPES: Readonly<Record<string, ConfigField["type"]>> = {
  string: "string",
  bool: "bool",
  boolean: "bool",
  i32: "i32",
  i64: "i64",
  f64: "f64",
  number: "f64",
  Duration: "duration",
};

const OPTIONS = ["min", "max", "doc"];

/** The settings' field that a `@config` member is; undefined, and reported, when it cannot be one. */
export function configField(member: FieldDeclaration, decorator: DecoratorNode, problems: Problems): ConfigField | undefined {
  const name = member.name.text;
  const written = member.type?.range.toString() ?? "";
  const type = TYPES[written];
  if (!type) {
    const hint = `use one of ${Object.keys(TYPES).join(", ")}`;
    problems.error(
      (member.type ?? member.name).range,
      written ? `a setting cannot be ${written}` : `setting "${name}" needs a type`,
      hint,
    );
    return undefined;
  }
  const options = optionsOf(decorator, problems);
  const doc = options.doc ?? docBefore(member.range.source.text, member.range.start);
  const given = defaultOf(member, type, problems);
  const field: ConfigField = {
    name,
    type,
    ...(given === undefined ? {} : { default: given }),
    ...(typeof options.min === "number" ? { min: options.min } : {}),
    ...(typeof options.max === "number" ? { max: options.max } : {}),
    ...(typeof doc === "string" ? { doc } : {}),
  };
  checkRange(member, field, problems);
  return field;
}

/** `@config`, `@config("doc")` or `@config({ min, max, doc })`. */
function optionsOf(decorator: DecoratorNode, problems: Problems): Record<string, Literal | undefined> {
  const argument = decorator.args?.[0];
  if (!argument) return {};
  const doc = literalOf(argument);
  if (typeof doc === "string") return { doc };
  const options: Record<string, Literal | undefined> = {};
  const fields = fieldsOf(argument);
  if (!fields)
    problems.error(
      argument.range,
      "@config takes a text or { min, max, doc }",
      '@config({ min: 0, max: 100, doc: "in percent" })',
    );
  for (const [name, value] of fields ?? []) {
    options[name] = literalOf(value);
    if (!OPTIONS.includes(name) || options[name] === undefined) {
      problems.error(value.range, `@config does not take this as "${name}"`, "it takes min and max (numbers) and doc (a text)");
    }
  }
  return options;
}

function defaultOf(member: FieldDeclaration, type: ConfigField["type"], problems: Problems): Literal | undefined {
  const initializer = member.initializer;
  if (!initializer) {
    problems.error(
      member.range,
      `setting "${member.name.text}" needs a default`,
      type === "string" ? 'write = ""' : "give it a value to start with",
    );
    return undefined;
  }
  const value = type === "duration" ? durationOf(member) : literalOf(initializer);
  const wanted = type === "string" || type === "duration" ? "string" : type === "bool" ? "boolean" : "number";
  if (typeof value === wanted) return value;
  const example = type === "duration" ? 'duration("3m")' : type === "string" ? '"text"' : type === "bool" ? "true" : "5";
  problems.error(
    initializer.range,
    "the manifest shows this default, so it has to be written out",
    `write for example ${example}`,
  );
  return undefined;
}

function durationOf(member: FieldDeclaration): string | undefined {
  const text = durationLiteral(member.initializer);
  try {
    return text === undefined || parseDuration(text) < 0 ? undefined : text;
  } catch {
    return undefined;
  }
}

function checkRange(member: FieldDeclaration, field: ConfigField, problems: Problems): void {
  const { default: value, min, max } = field;
  if (typeof value !== "number") return;
  if ((min !== undefined && value < min) || (max !== undefined && value > max)) {
    problems.error((member.initializer ?? member).range, `the default ${value} is outside ${min ?? "…"} to ${max ?? "…"}`);
  }
}
