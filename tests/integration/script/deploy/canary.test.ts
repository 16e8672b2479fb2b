import { beforeAll, describe, expect, test } from "vitest";
import { type Built, buildSources } from "../guests.ts";
import { Device } from "../support.ts";

const GATE = 10_000;
const ROOMS = Array.from({ length: 40 }, (_, i) => `room-${i}`);

/** Counts what each room sends; says who it is with every count. */
function source(version: string, extra = "", more = ""): string {
  return `
import { Message, on, publish, publishes, QOS1, startTimer, state, StateMap, timer, workflow } from "steppps";

@workflow({ version: "${version}" })
@publishes("out/+")
class Rooms {
  @state count: i64 = 0;
  @state rooms: StateMap<string, string> = new StateMap();

  @on("in/+")
  add(message: Message): void {
    const room = message.level(1);
    this.count++;
    this.rooms.set(room, (this.rooms.has(room) ? this.rooms.get(room) : "") + message.text());
    ${extra}
    publish("out/" + room, "${version} " + this.rooms.get(room), QOS1);
  }
  ${more}
}
`;
}

const RINGS = `
  @timer("t/+")
  rang(message: Message): void {
    publish("out/" + message.level(1), "rang", QOS1);
  }
`;

let first: Built;
let good: Built;
let bad: Built;
let delayed: Built;
let delaying: Built;
beforeAll(async () => {
  [first, good, bad, delayed, delaying] = (await buildSources(
    source("1.0.0"),
    source("2.0.0"),
    source("2.0.0", 'if (message.text() == "!") unreachable();'),
    source("2.0.0", 'startTimer("t/" + room, 15000, "");', RINGS),
    source("1.0.0", 'startTimer("t/" + room, 15000, "");', RINGS),
  )) as [Built, Built, Built, Built, Built];
});

async function start(
  gate = GATE,
): Promise<{ device: Device; send(text: string): Promise<void>; state(): Record<string, string> }> {
  const device = await Device.start({ gate });
  await device.deploy(first);
  return {
    device,
    async send(text) {
      for (const room of ROOMS) await device.send(`in/${room}`, text);
      await device.idle();
    },
    /** The text of each room, as the version at work has it. */
    state() {
      const { entries } = device.host.workflow("rooms").image;
      return Object.fromEntries(
        [...entries]
          .filter(([key]) => key.startsWith("rooms/"))
          .map(([key, value]) => [key.slice(6), Buffer.from(value).toString()]),
      );
    },
  };
}

/** Which version answered, by room. */
function answered(device: Device): Map<string, string[]> {
  return new Map(ROOMS.map((room) => [room, device.said(`out/${room}`).map((text) => text.split(" ")[0] as string)]));
}

const all = (text: string) => ROOMS.map((room) => [room, expect.stringContaining(text)]);

test("a canary has its share by topic, always the same; when it does well everything is the new version's, each input once", async () => {
  const { device, send, state } = await start();
  await send("a");
  answered(device);
  expect(await device.take(good, { canary: 30 })).toMatchObject({ outcome: "running", step: "canary", ok: false });
  expect(device.host.status()[0]).toMatchObject({ version: "1.0.0", canary: { version: "2.0.0", percent: 30 } });
  await send("b");
  const once = answered(device);
  const share = ROOMS.filter((room) => once.get(room)?.includes("2.0.0"));
  expect(share.length).toBeGreaterThan(4);
  expect(share.length).toBeLessThan(24);
  expect([...once.values()].every((versions) => versions.length === 1)).toBe(true);
  await send("c");
  expect(answered(device)).toEqual(once);
  await device.advance(GATE + 3_000);
  expect(device.reports.map(({ outcome }) => outcome)).toEqual(["done", "running", "probation"]);
  expect(device.host.status()[0]?.canary).toBeUndefined();
  expect(Object.entries(state())).toEqual(expect.arrayContaining(all("abc")));
  await device.advance(GATE + 3_000);
  expect(device.reports.at(-1)).toMatchObject({ outcome: "done", version: "2.0.0" });
  await send("d");
  expect(Object.entries(state())).toEqual(expect.arrayContaining(all("abcd")));
  expect(await device.journal.read("state.all", "rooms@canary")).toEqual([]);
});

test("a canary that fails is dropped, and the version at work handles its inputs", async () => {
  const { device, send, state } = await start();
  await send("a");
  await device.take(bad, { canary: 50 });
  await send("b");
  await send("!");
  await send("!");
  await device.advance(3_000);
  expect(device.reports.at(-1)).toMatchObject({ step: "canary", outcome: "rolled-back", error: { code: "E_GATE_FAILURES" } });
  expect(device.host.status()[0]).toMatchObject({ version: "1.0.0" });
  await device.advance(60_000);
  await send("c");
  expect(Object.entries(state())).toEqual(expect.arrayContaining(all("ab!!c")));
  expect(await device.take(bad)).toMatchObject({ outcome: "refused", error: { code: "E_DEPLOY_REJECTED" } });
});

test("a supervisor that ends in the middle of a trial loses nothing of it, and begins it anew", async () => {
  const { device, send, state } = await start();
  await send("a");
  await device.take(good, { canary: 50 });
  await send("b");
  await device.crash();
  await device.idle();
  expect(Object.entries(state())).toEqual(expect.arrayContaining(all("ab")));
  expect(device.host.status()[0]?.canary).toMatchObject({ version: "2.0.0" });
  await send("c");
  await device.advance(GATE + 3_000);
  expect(device.reports.at(-1)).toMatchObject({ version: "2.0.0", outcome: "probation" });
  expect(Object.entries(state())).toEqual(expect.arrayContaining(all("abc")));
});

test("a person, or another deploy, ends a trial", async () => {
  const { device, send, state } = await start();
  await device.take(good, { canary: 50 });
  await send("a");
  expect(await device.deploys.rollback("rooms")).toEqual({ plugin: "rooms", version: "1.0.0" });
  await device.idle();
  expect(device.reports.at(-1)).toMatchObject({ outcome: "rolled-back", error: { code: "E_GATE_ROLLBACK" } });
  expect(Object.entries(state())).toEqual(expect.arrayContaining(all("a")));
});

test.each([0, 100, 1.5])("%s percent is no canary, nor is a first version", async (percent) => {
  const { device } = await start();
  expect(await device.take(good, { canary: percent })).toMatchObject({
    step: "canary",
    outcome: "refused",
    error: { code: "E_DEPLOY_CANARY" },
  });
  const other = { ...good, manifest: { ...good.manifest, name: "other" } };
  expect(await device.take(other, { canary: 10 })).toMatchObject({ outcome: "refused", error: { code: "E_DEPLOY_CANARY" } });
});

test.each([1, -1])("a canary's delays go on when the clock is set by %s year", async (years) => {
  const { device, send } = await start(60_000);
  const { id } = await device.take(delayed, { canary: 50 });
  // It asks for more than the first: timers.
  await device.deploys.approve(id);
  await send("a");
  const trial = answered(device);
  const share = ROOMS.filter((room) => trial.get(room)?.includes("2.0.0"));
  device.clock.jump(device.clock.now() + years * 31_536_000_000);
  await device.advance(14_000);
  const rang = () => ROOMS.filter((room) => device.said(`out/${room}`).includes("rang"));
  expect(rang()).toEqual([]);
  await device.advance(2_000);
  expect(device.host.status()[0]?.canary).toMatchObject({ version: "2.0.0" });
  expect(rang()).toEqual(share);
});

describe.each([
  ["set ahead", 1],
  ["set back", -1],
])(
  "when the clock is %s by a year in the middle of a trial, delays that its inputs lead to end when they would have",
  (_, years) => {
    const jump = (device: Device) => device.clock.jump(device.clock.now() + years * 31_536_000_000);
    const rang = (device: Device) => ROOMS.filter((room) => device.said(`out/${room}`).includes("rang"));

    test.each<[string, (device: Device) => Promise<unknown>]>([
      ["a person ends it", (device) => device.deploys.rollback("rooms")],
      ["the supervisor ended, and it begins anew", (device) => device.crash()],
    ])("%s", async (_, end) => {
      const device = await Device.start({ gate: 600_000 });
      await device.deploy(delaying);
      await device.take(delayed, { canary: 50 });
      for (const room of ROOMS) await device.send(`in/${room}`, "a");
      await device.idle();
      jump(device);
      await device.advance(11_000);
      await end(device);
      await device.advance(3_000);
      expect(rang(device)).toEqual([]);
      await device.advance(2_000);
      expect(rang(device)).toEqual(ROOMS);
      await device.advance(60_000);
      expect(rang(device)).toEqual([]);
      expect(device.host.status()[0]?.timers).toBe(0);
    });

    test("so they do when nobody had noticed it before the trial was over", async () => {
      const device = await Device.start({ gate: 600_000 });
      await device.deploy(delaying);
      await device.take(delayed, { canary: 50 });
      for (const room of ROOMS) await device.send(`in/${room}`, "a");
      await device.idle();
      jump(device);
      await device.advance(2_000);
      await device.deploys.rollback("rooms");
      await device.idle();
      await device.advance(12_000);
      expect(rang(device)).toEqual([]);
      await device.advance(2_000);
      expect(rang(device)).toEqual(ROOMS);
    });
  },
);
