import type { ClassDeclaration, DecoratorNode, Expression } from "assemblyscript";
import type { TSchema } from "typebox";
import { DEFAULT_LIMITS, type Limits, Manifest, parse } from "../../../runtime/contract/index.ts";
import { docBefore } from "./doc.ts";
import { fieldsOf, literalOf } from "./literal.ts";
import type { Workflow } from "./model.ts";
import type { Problems } from "./problems.ts";

const { name: Name, version: Version } = Manifest.properties;
const EXAMPLE = '@workflow({ version: "1.0.0" })';
const OPTIONS = ["name", "version", "description", "durability", "limits"];

type Header = Pick<Workflow, "name" | "version" | "durability" | "limits"> & { description?: string };

/** What `@workflow({ … })` says; what it leaves out comes from the class's name, its comment and the defaults. */
export function headerOf(declaration: ClassDeclaration, decorator: DecoratorNode, problems: Problems): Header {
  const argument = decorator.args?.[0];
  const fields = argument ? fieldsOf(argument) : new Map<string, Expression>();
  if (!fields) problems.error(decorator.range, "@workflow takes { … }", `write ${EXAMPLE}`);
  const said = (name: string): string | undefined => stringOf(fields?.get(name), name, problems);
  for (const [name, value] of fields ?? []) {
    if (!OPTIONS.includes(name)) problems.error(value.range, `@workflow has no "${name}"`, `it has ${OPTIONS.join(", ")}`);
  }
  const description =
    said("description") ?? docBefore(declaration.range.source.text, Math.min(declaration.range.start, decorator.range.start));
  const name = said("name") ?? kebab(declaration.name.text);
  const version = said("version");
  if (version === undefined) problems.error(decorator.range, "a plugin needs a version", `write ${EXAMPLE}`);
  const spot = (field: string) => (fields?.get(field) ?? decorator).range;
  if (!fits(Name, name))
    problems.error(spot("name"), `"${name}" cannot be a plugin's name`, "use a-z, 0-9 and '-', beginning with a letter");
  if (version !== undefined && !fits(Version, version))
    problems.error(spot("version"), `"${version}" is not a version`, "write three numbers: 1.0.0");
  const durability = said("durability") ?? "durable";
  if (durability !== "durable" && durability !== "memory")
    problems.error(spot("durability"), 'durability is "durable" or "memory"');
  return {
    name,
    version: version ?? "0.0.0",
    ...(description === undefined ? {} : { description }),
    durability: durability === "memory" ? "memory" : "durable",
    limits: limitsOf(fields?.get("limits"), problems),
  };
}

function limitsOf(expression: Expression | undefined, problems: Problems): Limits {
  if (!expression) return DEFAULT_LIMITS;
  const limits: Record<string, unknown> = { ...DEFAULT_LIMITS };
  for (const [name, value] of fieldsOf(expression) ?? []) limits[name] = literalOf(value);
  try {
    return parse(Manifest.properties.limits, limits);
  } catch (cause) {
    problems.error(
      expression.range,
      (cause as Error).message.replace(/^E_\w+: /, ""),
      `limits are ${Object.keys(DEFAULT_LIMITS).join(", ")}`,
    );
    return DEFAULT_LIMITS;
  }
}

function stringOf(expression: Expression | undefined, name: string, problems: Problems): string | undefined {
  if (!expression) return undefined;
  const value = literalOf(expression);
  if (typeof value === "string") return value;
  problems.error(expression.range, `"${name}" has to be a string in quotes`);
  return undefined;
}

function fits(schema: TSchema, value: string): boolean {
  try {
    parse(schema, value);
    return true;
  } catch {
    return false;
  }
}

/** "MotionLight" → "motion-light", "HTTPProbe2" → "http-probe2". */
export function kebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();
}
