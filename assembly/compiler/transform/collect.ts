import {
  ClassDeclaration,
  type DecoratorNode,
  FieldDeclaration,
  MethodDeclaration,
  type Range,
  type Source,
} from "assemblyscript";
import { type ConfigField, isReservedTopic, parseTopicFilter } from "../../../runtime/contract/index.ts";
import { configField } from "./config.ts";
import { decoratorName, decoratorOf } from "./decorator.ts";
import { HANDLER_KINDS, handlersOf } from "./handlers.ts";
import { headerOf } from "./header.ts";
import { askedModels } from "./inferences.ts";
import { literalOf } from "./literal.ts";
import { migrationOf } from "./migration.ts";
import type { HandlerMethod, StateMember, Workflow } from "./model.ts";
import type { Problems } from "./problems.ts";
import { StateTypes } from "./state-type.ts";
import { checkTimers } from "./timers.ts";
import { publishedTopics } from "./topics.ts";

/** Reads the one `@workflow` class of the entry, which comes first. What is wrong goes to `problems`; undefined when there is no such class. */
export function collectWorkflow(sources: readonly Source[], problems: Problems): Workflow | undefined {
  const [entry] = sources as readonly [Source];
  const classes = sources.flatMap((source) => source.statements).filter((statement) => statement instanceof ClassDeclaration);
  const [declaration, second] = classes.filter((one) => one.range.source === entry && decoratorOf(one, "workflow"));
  if (!declaration) {
    problems.error(startOf(entry), "no class has @workflow", 'write @workflow({ version: "1.0.0" }) above the plugin\'s class');
    return undefined;
  }
  if (second) problems.error(second.name.range, "one file holds one @workflow class", "move this one to a folder of its own");
  const decorator = decoratorOf(declaration, "workflow") as DecoratorNode;
  const members = readMembers(declaration, classes, problems);
  const publishes = publishedTopics(sources, configStrings(members.config), declaredTopics(declaration, problems), problems);
  checkPublishes(publishes, decorator.range, problems);
  const migration = migrationOf(sources, declaration, problems);
  return {
    className: declaration.name.text,
    place: declaration.name.range,
    ...headerOf(declaration, decorator, problems),
    ...members,
    ...(migration && { migration }),
    publishes,
    usesTimers: checkTimers(sources, members.handlers, problems),
    models: askedModels(sources, members.handlers, problems),
  };
}

type Members = Pick<Workflow, "handlers" | "config" | "state" | "records">;

function readMembers(declaration: ClassDeclaration, classes: readonly ClassDeclaration[], problems: Problems): Members {
  const types = new StateTypes(new Map(classes.map((one) => [one.name.text, one])), problems);
  const config: ConfigField[] = [];
  const state: StateMember[] = [];
  for (const member of declaration.members) {
    if (!(member instanceof FieldDeclaration)) continue;
    const asConfig = decoratorOf(member, "config");
    if (asConfig) {
      const field = configField(member, asConfig, problems);
      if (field) config.push(field);
    } else if (decoratorOf(member, "state")) {
      const type = types.ofField(member);
      if (type) state.push({ name: member.name.text, type });
    } else {
      const hint = "mark it @state to keep it, or @config to let people set it";
      problems.warning(member.name.range, `"${member.name.text}" is lost on a restart`, hint);
    }
  }
  return { handlers: readHandlers(declaration, config, problems), config, state, records: types.records };
}

function readHandlers(declaration: ClassDeclaration, config: readonly ConfigField[], problems: Problems): HandlerMethod[] {
  const strings = configStrings(config);
  const handlers: HandlerMethod[] = [];
  for (const member of declaration.members) {
    if (!(member instanceof MethodDeclaration)) continue;
    for (const one of handlersOf(member, strings, problems)) {
      if (one.handler.kind === "inference" && handlers.some(({ handler }) => sameModel(handler, one.handler)))
        problems.error(
          member.name.range,
          `another method takes the answers of "${one.handler.model}"`,
          "tell them apart by the tag",
        );
      handlers.push(one);
    }
  }
  if (handlers.length === 0 && !problems.failed) {
    const kinds = Object.values(HANDLER_KINDS).map((kind) => kind.example);
    problems.error(declaration.name.range, "nothing wakes this plugin", `put one of ${kinds.join(", ")} above a method`);
  }
  return handlers;
}

function sameModel(a: HandlerMethod["handler"], b: HandlerMethod["handler"]): boolean {
  return a.kind === "inference" && b.kind === "inference" && a.model === b.model;
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

function checkPublishes(topics: readonly string[], range: Range, problems: Problems): void {
  for (const topic of topics) {
    try {
      parseTopicFilter(topic.replace(/\{[^{}]*\}/g, "x"));
    } catch {
      problems.error(
        range,
        `"${topic}" is not a topic`,
        "use levels between slashes, '+' for any one level and '#' for the rest",
      );
    }
    if (isReservedTopic(topic))
      problems.error(range, `plugins cannot publish to "${topic}"`, "steppps/ and $ belong to the device");
  }
}

function startOf(source: Source): Range {
  return source.statements[0]?.range ?? source.range;
}
