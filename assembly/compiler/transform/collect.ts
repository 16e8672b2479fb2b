import {
  ClassDeclaration,
  type DecoratorNode,
  FieldDeclaration,
  MethodDeclaration,
  type Source,
  type Statement,
} from "assemblyscript";
import { type ConfigField, isReservedTopic, parseTopicFilter } from "../../../runtime/contract/index.ts";
import { configField } from "./config.ts";
import { decoratorName, decoratorOf } from "./decorator.ts";
import { HANDLER_KINDS, handlersOf } from "./handlers.ts";
import { headerOf } from "./header.ts";
import { literalOf } from "./literal.ts";
import type { HandlerMethod, StateMember, Workflow } from "./model.ts";
import type { Problems } from "./problems.ts";
import { StateTypes } from "./state-type.ts";
import { callsAny, publishedTopics } from "./topics.ts";

/** Reads the one `@workflow` class of a source. What is wrong with it goes to `problems`; undefined when there is no such class. */
export function collectWorkflow(source: Source, problems: Problems): Workflow | undefined {
  const classes = source.statements.filter((statement: Statement) => statement instanceof ClassDeclaration);
  const workflows = classes.filter((declaration) => decoratorOf(declaration, "workflow"));
  const [declaration, second] = workflows;
  if (!declaration) {
    problems.error(startOf(source), "no class has @workflow", 'write @workflow({ version: "1.0.0" }) above the plugin\'s class');
    return undefined;
  }
  if (second) problems.error(second.name.range, "one file holds one @workflow class", "move this one to a folder of its own");
  const decorator = decoratorOf(declaration, "workflow") as DecoratorNode;
  const header = headerOf(declaration, decorator, source.text, problems);
  const members = readMembers(declaration, source, classes, problems);
  const declared = declaredTopics(declaration, problems);
  const publishes = publishedTopics(source, configStrings(members.config), declared, problems);
  checkPublishes(publishes, decorator, problems);
  return {
    className: declaration.name.text,
    ...header,
    ...members,
    publishes,
    usesTimers: members.handlers.some((one) => one.handler.kind === "timer") || callsAny(source, ["startTimer", "cancelTimer"]),
  };
}

type Members = Pick<Workflow, "handlers" | "config" | "state" | "records">;

function readMembers(declaration: ClassDeclaration, source: Source, classes: readonly ClassDeclaration[], problems: Problems): Members {
  const types = new StateTypes(new Map(classes.map((one) => [one.name.text, one])), problems);
  const config: ConfigField[] = [];
  const state: StateMember[] = [];
  for (const member of declaration.members) {
    if (!(member instanceof FieldDeclaration)) continue;
    const asConfig = decoratorOf(member, "config");
    if (asConfig) {
      const field = configField(member, asConfig, source.text, problems);
      if (field) config.push(field);
    } else if (decoratorOf(member, "state")) {
      const type = types.ofField(member);
      if (type) state.push({ name: member.name.text, type });
    } else {
      problems.warning(member.name.range, `"${member.name.text}" is lost on a restart`, "mark it @state to keep it, or @config to let people set it");
    }
  }
  const strings = configStrings(config);
  const handlers: HandlerMethod[] = [];
  for (const member of declaration.members) {
    if (member instanceof MethodDeclaration) handlers.push(...handlersOf(member, strings, problems));
  }
  if (handlers.length === 0) {
    const kinds = Object.values(HANDLER_KINDS).map((kind) => kind.example);
    problems.error(declaration.name.range, "nothing wakes this plugin", `put one of ${kinds.join(", ")} above a method`);
  }
  return { handlers, config, state, records: types.records };
}

function configStrings(config: readonly ConfigField[]): ReadonlySet<string> {
  return new Set(config.filter((field) => field.type === "string").map((field) => field.name));
}

/** The filters of `@publishes("…")` above the class. */
function declaredTopics(declaration: ClassDeclaration, problems: Problems): string[] {
  const topics: string[] = [];
  for (const decorator of declaration.decorators ?? []) {
    if (decoratorName(decorator) !== "publishes") continue;
    for (const argument of decorator.args ?? []) {
      const topic = literalOf(argument);
      if (typeof topic === "string") topics.push(topic);
      else problems.error(argument.range, "@publishes takes filters in quotes", 'write @publishes("lights/+/set")');
    }
  }
  return topics;
}

function checkPublishes(topics: readonly string[], decorator: DecoratorNode, problems: Problems): void {
  for (const topic of topics) {
    try {
      parseTopicFilter(topic.replace(/\{[^{}]*\}/g, "x"));
    } catch {
      problems.error(decorator.range, `"${topic}" is not a topic`, "use levels between slashes, '+' for any one level and '#' for the rest");
    }
    if (isReservedTopic(topic)) problems.error(decorator.range, `plugins cannot publish to "${topic}"`, "steppps/ and $ belong to the device");
  }
}

function startOf(source: Source): { start: number; end: number } {
  return source.statements[0]?.range ?? { start: 0, end: 1 };
}
