import { expect, test } from "vitest";
import { kebab } from "../../../../../assembly/compiler/transform/header.ts";
import { collected, plugin } from "./collected.ts";

const HANDLER = '@on("a") f(): void {}';

/** Source, then what is said about it: line and the beginning of the message. */
test.each<[string, string, RegExp]>([
  ["no workflow", "class A {}", /^1: no class has @workflow/],
  ["an empty file", "", /^1: no class has @workflow/],
  [
    "two workflows",
    `${plugin(HANDLER)}\n@workflow({ version: "1.0.0" }) class B { ${HANDLER} }`,
    /^5: one file holds one @workflow class/,
  ],
  ["no handler", plugin("f(): void {}"), /^2: nothing wakes this plugin/],
  ["no version", plugin(HANDLER, "{}"), /^2: a plugin needs a version/],
  ["a bad version", plugin(HANDLER, '{ version: "1.0" }'), /^2: "1.0" is not a version/],
  ["a bad name", plugin(HANDLER, '{ version: "1.0.0", name: "A b" }'), /^2: "A b" cannot be a plugin's name/],
  ["an unknown option", plugin(HANDLER, '{ version: "1.0.0", colour: "red" }'), /^2: @workflow has no "colour"/],
  ["a bad limit", plugin(HANDLER, '{ version: "1.0.0", limits: { deadlineMs: 0 } }'), /^2: .*deadlineMs/],
  ["a bad durability", plugin(HANDLER, '{ version: "1.0.0", durability: "maybe" }'), /^2: durability is/],
  ["a bad filter", plugin('@on("a/#/b") f(): void {}'), /^3: A topic filter is not valid/],
  ["an unknown setting in a filter", plugin('@on("a/{x}") f(): void {}'), /^3: \{x\} is not a @config field of type string/],
  ["a filter that is no literal", plugin("@on(TOPIC) f(): void {}"), /^3: the manifest is made from this text/],
  ["a bad period", plugin('@every("5 seconds") f(): void {}'), /^3: A duration is not valid/],
  ["a short period", plugin('@every("1ms") f(): void {}'), /^3: the shortest period is 10ms/],
  ["a cron expression cut short", plugin('@cron("0 7 * *") f(): void {}'), /^3: a cron expression has 5 or 6 fields, this has 4/],
  ["an hour that is none", plugin('@cron("0 24 * * *") f(): void {}'), /^3: "24" does not fit the hour \(0-23\)/],
  [
    "a handler with two parameters",
    plugin('@on("a") f(m: Message, x: i32): void {}'),
    /^3: a handler takes the message, or nothing/,
  ],
  ["a handler that returns", plugin('@on("a") f(): i32 { return 1; }'), /^3: a handler returns nothing/],
  ["a setting of an odd type", plugin(`@config a: u8 = 1;\n${HANDLER}`), /^3: a setting cannot be u8/],
  ["a setting without default", plugin(`@config a: i32;\n${HANDLER}`), /^3: setting "a" needs a default/],
  ["a computed default", plugin(`@config a: i32 = 2 + 3;\n${HANDLER}`), /^3: the manifest shows this default/],
  ["a duration of the wrong form", plugin(`@config a: Duration = "3m";\n${HANDLER}`), /^3: the manifest shows this default/],
  ["a default outside its range", plugin(`@config({ min: 5 }) a: i32 = 1;\n${HANDLER}`), /^3: the default 1 is outside 5 to …/],
  [
    "an unknown option of a setting",
    plugin(`@config({ step: 5 }) a: i32 = 1;\n${HANDLER}`),
    /^3: @config does not take this as "step"/,
  ],
  [
    "state of an odd type",
    plugin(`@state a: Map<string, i32> = new Map();\n${HANDLER}`),
    /^3: state cannot hold Map<string, i32> \| use StateMap/,
  ],
  ["state that may be null", plugin(`@state a: Probe | null = null;\n${HANDLER}`), /^3: state cannot hold/],
  ["state without a type", plugin(`@state a = 1;\n${HANDLER}`), /^3: Type expected. \| say what it holds/],
  [
    "a map in a map",
    plugin(`@state a: StateMap<string, StateMap<string, i32>> = new StateMap();\n${HANDLER}`),
    /^3: state cannot hold/,
  ],
  [
    "a map with odd keys",
    plugin(`@state a: StateMap<f64, i32> = new StateMap();\n${HANDLER}`),
    /^3: a StateMap's key cannot be f64/,
  ],
  [
    "an unknown topic",
    plugin('@on("a") f(m: Message): void { publish(m.topic, ""); }'),
    /^3: which topic this publishes to .* @publishes\("alerts\/\+"\)/,
  ],
  [
    "a topic known in part",
    plugin('@config r: string = "x";\n@on("a") f(m: Message): void { publish(`a/${this.r}/b-${m.level(1)}/c`, ""); }'),
    /^4: which topic .* @publishes\("a\/\{r\}\/\+\/c"\)/,
  ],
  [
    "a wildcard in a topic that is reserved",
    plugin('@on("a") f(): void { publish("steppps/x", ""); }'),
    /^2: plugins cannot publish to "steppps\/x"/,
  ],
  [
    "a model without a handler",
    plugin('@on("a") f(): void { infer("wear", Tensor.f32([1])); }'),
    /^3: no handler takes this model's answer \| put @inference\("wear"\)/,
  ],
  [
    "a model that is known only when it runs",
    plugin('@on("a") f(m: Message): void { infer(m.text(), m); }'),
    /^3: the manifest has to name each model.* infer\("wear", …\)/,
  ],
  ["a model's name that is none", plugin('@inference("Wear!") f(): void {}'), /^3: .*\| for example @inference\("wear"\)/],
  [
    "an answer as a message",
    plugin('@inference("wear") f(m: Message): void {}'),
    /^3: a handler takes the model's answer, or nothing/,
  ],
  ["a message as an answer", plugin('@on("a") f(r: InferenceResult): void {}'), /^3: a handler takes the message, or nothing/],
  [
    "two methods for a model",
    plugin('@inference("wear") f(): void {}\n@inference("wear") g(): void {}'),
    /^4: another method takes the answers of "wear" \| tell them apart by the tag/,
  ],
  [
    "a timer without a handler",
    plugin('@on("a") f(): void { startTimer("off", "5s"); }'),
    /^3: no handler takes this timer \| put @timer\("off"\)/,
  ],
  [
    "a timer with a part that nobody knows",
    plugin('@timer("off") g(): void {}\n@on("a") f(m: Message): void { startTimer(`off/${m.topic}`, 5); }'),
    /^4: no handler takes this timer \| put @timer\("off\/\+"\)/,
  ],
  ["a timer's odd duration", plugin('@timer("off") f(): void { startTimer("off", "5 s"); }'), /^3: "5 s" is not a duration/],
  ["an odd duration", plugin('@timer("off") f(): void { startTimer("off", duration("soon")); }'), /^3: "soon" is not a duration/],
  ["a field that is forgotten", plugin(`count: i32 = 0;\n${HANDLER}`), /^3: "count" is lost on a restart/],
  ["broken syntax", plugin('@on("a") f(): void { if ( }'), /^3: /],
])("%s", async (_, source, expected) => {
  const { said } = await collected(source);
  expect(said.length).toBeGreaterThan(0);
  expect(said[0]).toMatch(expected);
});

test("names from classes", () => {
  expect(kebab("MotionLight")).toBe("motion-light");
  expect(kebab("HTTPProbe2")).toBe("http-probe2");
  expect(kebab("A")).toBe("a");
});
