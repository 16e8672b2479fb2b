import { createHash } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import type { Message } from "../../../runtime/contract/index.ts";
import { decodeCbor } from "../../../runtime/platform/index.ts";
import { FaultyJournal } from "../script/faulty-journal.ts";
import { type Built, buildSources } from "../script/guests.ts";
import { Device } from "../script/support.ts";

const GATE = 10_000;
const ROOMS = Array.from({ length: 30 }, (_, i) => `room-${i}`);

/** Writes down what each room says, and says how much that is. */
const source = (version: string) => `
import { Message, on, publish, publishes, QOS1, state, StateMap, workflow } from "steppps";

@workflow({ version: "${version}" })
@publishes("out/+")
class Rooms {
  @state rooms: StateMap<string, string> = new StateMap();

  @on("in/+")
  add(message: Message): void {
    const room = message.level(1);
    const said = this.rooms.getOr(room, "") + message.text();
    this.rooms.set(room, said);
    publish("out/" + room, said, QOS1);
  }
}
`;

let first: Built;
let next: Built;
beforeAll(async () => {
  [first, next] = (await buildSources(source("1.0.0"), source("2.0.0"))) as [Built, Built];
}, 120_000);

/** Half of the rooms are on trial, and have said "b" there. */
async function startTrial() {
  const journal = await FaultyJournal.open();
  const device = await Device.start({ gate: GATE, journal });
  await device.deploy(first);
  const send = async (text: string) => {
    for (const room of ROOMS) await device.send(`in/${room}`, text);
    await device.idle();
  };
  await send("a");
  expect(await device.take(next, { canary: 50 })).toMatchObject({ step: "canary", outcome: "running" });
  await send("b");
  const state = () =>
    Object.fromEntries([...device.host.workflow("rooms").image.entries].map(([key, value]) => [key.slice(6), decodeCbor(value)]));
  return { device, journal, send, state };
}

const all = (text: string) => Object.fromEntries(ROOMS.map((room) => [room, text]));
/** What was said, but for what was said again under the same id. */
const said = ({ bus }: Device) =>
  [
    ...new Map(
      bus.published.map(({ id, topic, payload }): [string, string] => [id ?? "", `${topic} ${Buffer.from(payload)}`]),
    ).values(),
  ].sort();
const once = (...texts: string[]) => texts.flatMap((text) => ROOMS.map((room) => `out/${room} ${text}`)).sort();

test("no room to write down that a trial is over: nothing new overtakes what it had, and it ends when there is room", async () => {
  const { device, journal, state, send } = await startTrial();
  journal.failOnce = "rerun.set";
  device.clock.advance(GATE + 3_000);
  await device.deploys.idle();
  expect(journal.failOnce).toBeUndefined();
  const later = ROOMS.map((room) => device.send(`in/${room}`, "c"));
  await device.advance(5_000);
  await Promise.all(later);
  await device.advance(GATE + 5_000);
  expect(device.reports.at(-1)).toMatchObject({ version: "2.0.0", outcome: "done" });
  await send("d");
  expect(state()).toEqual(all("abcd"));
  expect(said(device)).toEqual(once("a", "ab", "abc", "abcd"));
});

test("no room to delete what a trial left: it is deleted later, and its deploy goes on", async () => {
  const { device, journal, state } = await startTrial();
  journal.failOnce = "plugin.delete";
  await device.advance(2 * GATE + 10_000);
  expect(journal.failOnce).toBeUndefined();
  expect(device.reports.at(-1)).toMatchObject({ version: "2.0.0", outcome: "done" });
  expect(state()).toEqual(all("ab"));
  expect(await journal.read("trial.all")).toEqual([]);
});

test("what a trial had is deleted only after all that became of it is on disk", async () => {
  const { device, journal } = await startTrial();
  await device.advance(GATE + 5_000);
  const at = (name: string) => journal.commits.findLastIndex((ops) => ops.some(([statement]) => statement === name));
  expect(at("rerun.delete")).toBeGreaterThan(0);
  expect(at("plugin.delete")).toBeGreaterThan(at("rerun.delete"));
});

test("the supervisor ends before the broker had what a trial said: it is said once, under its own name", async () => {
  const { device, state, send } = await startTrial();
  const take = device.bus.publishAll.bind(device.bus);
  device.bus.publishAll = (messages: readonly Message[]) =>
    messages.some(({ id }) => id?.includes("@canary")) ? Promise.reject(new Error("away")) : take(messages);
  const sent = ROOMS.map((room) => device.send(`in/${room}`, "c"));
  await Promise.all(sent);
  const crashed = device.crash();
  device.bus.publishAll = take;
  await crashed;
  await device.idle();
  expect(state()).toEqual(all("abc"));
  expect(said(device)).toEqual(once("a", "ab", "abc"));
  await send("d");
  expect(said(device)).toEqual(once("a", "ab", "abc", "abcd"));
});

test("the supervisor ends again and again in the middle of a trial: the deploy is given up, and nothing of the trial is lost", async () => {
  const { device, state, send } = await startTrial();
  for (const text of ["c", "d", "e"]) {
    await device.crash();
    await device.idle();
    await send(text);
  }
  expect(device.reports.at(-1)).toMatchObject({ outcome: "refused", error: { code: "E_DEPLOY_INTERRUPTED" } });
  expect(state()).toEqual(all("abcde"));
  expect(said(device)).toEqual(once("a", "ab", "abc", "abcd", "abcde"));
});

test("the document switches a plugin off in the middle of a trial: the trial is over, and nothing of it is lost", async () => {
  const { device, state, send } = await startTrial();
  const read = () => Promise.reject(new Error("no packages"));
  await device.deploys.reconcile({ rooms: { enabled: false } }, read);
  expect(device.reports.at(-1)).toMatchObject({ step: "canary", outcome: "rolled-back", error: { code: "E_DEPLOY_FIXED" } });
  expect(device.host.find("rooms")).toBeUndefined();
  await device.deploys.reconcile({ rooms: {} }, read);
  await send("c");
  expect(state()).toEqual(all("abc"));
});

test("the supervisor ends while another deploy waits for its turn: the trial's inputs are not overtaken by the next trial", async () => {
  const { device, journal, state, send } = await startTrial();
  // As the journal has it when it ends after the other deploy was put down, before the trial was ended for it.
  const [open] = await journal.read("deploy.open");
  const [row] = await journal.read("deploy.envelope", open?.number ?? 0);
  await device.stop();
  const number = (open?.number ?? 0) + 1;
  const envelope = device.seal({ ...next, manifest: { ...next.manifest, version: "3.0.0" } });
  expect(row).toBeDefined();
  await journal.commit([
    [
      "deploy.put",
      number,
      createHash("sha256").update(envelope).digest("hex"),
      "rooms",
      "3.0.0",
      "1.0.0",
      "any",
      "sender",
      "approve",
      "running",
      "[]",
      "[]",
      '{"canary":50}',
      null,
      null,
      device.clock.now(),
      0,
      1,
    ],
    ["deploy.keep", number, envelope],
  ]);
  await device.boot();
  await device.idle();
  await send("c");
  await device.advance(2 * GATE + 10_000);
  expect(device.host.status()[0]?.version).not.toBe("1.0.0");
  expect(state()).toEqual(all("abc"));
});

test("an envelope that is sent again after the supervisor ended in the middle of it is the same deploy", async () => {
  const { device, journal, state, send } = await startTrial();
  await device.crash();
  const [open] = await journal.read("deploy.open");
  const [kept] = await journal.read("deploy.envelope", open?.number ?? 0);
  const again = await device.deploys.take((kept as { envelope: Uint8Array }).envelope, { canary: 50 });
  expect(again).toMatchObject({ version: "2.0.0", outcome: "running" });
  await send("c");
  await device.advance(2 * GATE + 10_000);
  expect((await device.deploys.list()).map(({ version, outcome }) => `${version} ${outcome}`)).toEqual([
    "2.0.0 done",
    "1.0.0 done",
  ]);
  expect(state()).toEqual(all("abc"));
});
