import { describe, expect, onTestFinished, test } from "vitest";
import { type Bus, openExternalBus } from "../../../runtime/mqtt/index.ts";
import { PACKET } from "../../../runtime/mqtt/wire/framer.ts";
import { type Journal, openJournal } from "../../../runtime/store/index.ts";
import { type Break, type BreakingLink, breakingLink } from "./breaking-link.ts";
import { client, type Mosquitto, startMosquitto, until } from "./support.ts";

interface DeviceOptions {
  readonly port: number;
  readonly version: 4 | 5;
  readonly journal: Journal;
}

/** A device at a broker elsewhere, which notes what it handled. */
class Device {
  readonly handled: string[] = [];
  readonly #options: DeviceOptions;
  #bus: Bus | undefined;
  /** What waits for its commit. */
  #held: Map<string, (() => void)[]> | undefined;

  constructor(options: DeviceOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#bus?.connected() ?? false;
  }

  holds(text: string): boolean {
    return this.#held?.has(text) ?? false;
  }

  async start(): Promise<void> {
    const { journal, port, version } = this.#options;
    const bus = await openExternalBus({
      url: `mqtt://127.0.0.1:${port}`,
      clientId: "device",
      journal,
      version,
      onMessage: (message, done) => {
        const text = Buffer.from(message.payload).toString();
        const commit = () => {
          this.handled.push(text);
          journal.commit(message.ops).then(() => done(), done);
        };
        if (this.#held) this.#held.set(text, [...(this.#held.get(text) ?? []), commit]);
        else commit();
      },
    });
    await bus.subscribe("in/#");
    await bus.start();
    this.#bus = bus;
  }

  /** What comes waits for its commit. */
  hold(): void {
    this.#held = new Map();
  }

  letGo(): void {
    const held = [...(this.#held?.values() ?? [])].flat();
    this.#held = undefined;
    for (const commit of held) commit();
  }

  async stop(): Promise<void> {
    await this.#bus?.close();
  }

  /** How often it handled each of `texts`. */
  counts(texts: readonly string[]): number[] {
    return texts.map((text) => this.handled.filter((one) => one === text).length);
  }
}

interface World {
  readonly broker: Mosquitto;
  readonly link: BreakingLink;
  readonly device: Device;
  publish(qos: 1 | 2, ...texts: string[]): Promise<void>;
  /** Resolves when the device takes what is published. */
  ready(): Promise<void>;
}

async function open(version: 4 | 5, settings: readonly string[] = []): Promise<World> {
  const broker = await startMosquitto(settings);
  const link = await breakingLink(broker.port);
  const journal = await openJournal({ file: ":memory:" });
  const device = new Device({ port: link.port, version, journal });
  onTestFinished(async () => {
    await device.stop();
    await journal.close();
  });
  await device.start();
  let probes = 0;
  const world: World = {
    broker,
    link,
    device,
    async publish(qos, ...texts) {
      const other = await client(broker.port);
      for (const text of texts) await other.publishAsync(`in/${text}`, text, { qos });
      await other.endAsync();
    },
    async ready() {
      const probe = `probe ${++probes}`;
      const other = await client(broker.port);
      await until(() => device.connected);
      const again = setInterval(() => other.publish("in/probe", probe), 20);
      await until(() => device.handled.includes(probe)).finally(() => clearInterval(again));
      // Behind the last of them
      await other.publishAsync("in/probe", `${probe}: all`, { qos: 1 });
      await until(() => device.handled.includes(`${probe}: all`));
      await other.endAsync();
    },
  };
  await world.ready();
  return world;
}

const LOST = ["persistence false"];
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => String(from + i));

/** Each step of the exchange, with the packet lost and with its last copy arriving as the link breaks. */
const BREAKS: readonly Break[] = (
  [
    ["broker", PACKET.publish],
    ["device", PACKET.pubrec],
    ["broker", PACKET.pubrel],
    ["device", PACKET.pubcomp],
  ] as const
).flatMap(([from, type]) => [true, false].map((arrives) => ({ from, type, count: 2, arrives })));

const nameOf = ({ from, type, arrives }: Break) => {
  const [name] = Object.entries(PACKET).find(([, value]) => value === type) as [string, number];
  return `the ${from}'s ${name} ${arrives ? "is the last to arrive" : "is lost"}`;
};

describe.each([4, 5] as const)("QoS 2 over MQTT %i", (version) => {
  describe.each(BREAKS.map((where) => [nameOf(where), where] as const))("%s", (_, where) => {
    test("the session is kept: each message once", async () => {
      const { device, link, publish } = await open(version);
      const happened = link.breakAt(where);
      await publish(2, ...numbers(1, 4));
      await happened;
      link.mend();
      await publish(2, ...numbers(5, 9));
      await until(() => device.handled.includes("9"));
      expect(device.counts(numbers(1, 9))).toEqual(numbers(1, 9).map(() => 1));
    });

    test("the broker restarts with its sessions: each message once", async () => {
      const { broker, device, link, publish } = await open(version);
      const happened = link.breakAt(where);
      await publish(2, ...numbers(1, 4));
      await happened;
      await broker.stop();
      await broker.start();
      link.mend();
      await publish(2, ...numbers(5, 9));
      await until(() => device.handled.includes("9"));
      expect(device.counts(numbers(1, 9))).toEqual(numbers(1, 9).map(() => 1));
    });

    test("the broker restarts without its sessions: what comes then is not taken for what came before", async () => {
      const { broker, device, link, publish, ready } = await open(version, LOST);
      const happened = link.breakAt(where);
      await publish(2, ...numbers(1, 4));
      await happened;
      await broker.stop();
      await broker.start();
      link.mend();
      await ready();
      await publish(2, ...numbers(5, 9));
      await until(() => device.handled.includes("9"));
      expect(device.counts(numbers(5, 9))).toEqual(numbers(5, 9).map(() => 1));
      expect(Math.max(...device.counts(numbers(1, 4)))).toBe(1);
    });

    test("the device ends too: each message once", async () => {
      const { device, link, publish } = await open(version);
      const happened = link.breakAt(where);
      await publish(2, ...numbers(1, 4));
      await happened;
      await device.stop();
      link.mend();
      await device.start();
      await publish(2, ...numbers(5, 9));
      await until(() => device.handled.includes("9"));
      expect(device.counts(numbers(1, 9))).toEqual(numbers(1, 9).map(() => 1));
    });
  });
});

describe.each([1, 2] as const)("the link breaks while messages of QoS %i are being committed", (qos) => {
  const breakBehind = async ({ device, link, publish }: World) => {
    device.hold();
    const happened = link.breakAt({ from: "broker", type: PACKET.publish, count: 4, arrives: false });
    await publish(qos, ...numbers(1, 4));
    await happened;
    await until(() => device.holds("3"));
  };

  test("they are acknowledged on the next connection, and handled once", async () => {
    const world = await open(5);
    const { device, link, publish } = world;
    await breakBehind(world);
    const said: Promise<void>[] = [];
    link.mend();
    await until(() => device.connected);
    // On the same connection: nothing is left over for the next
    await until(() => device.holds("4"));
    said.push(link.breakAt({ from: "device", type: qos === 1 ? PACKET.puback : PACKET.pubcomp, count: 4, arrives: true }));
    device.letGo();
    await Promise.all(said);
    link.mend();
    await publish(qos, "5");
    await until(() => device.handled.includes("5"));
    expect(device.counts(numbers(1, 5))).toEqual([1, 1, 1, 1, 1]);
  });

  test("the broker has lost its sessions: their identifiers are free for others", async () => {
    const world = await open(5, LOST);
    const { broker, device, link, publish } = world;
    await breakBehind(world);
    await broker.stop();
    await broker.start();
    link.mend();
    await until(() => device.connected);
    const probe = await client(broker.port);
    const again = setInterval(() => probe.publish("in/probe", "here"), 20);
    await until(() => device.holds("here")).finally(() => clearInterval(again));
    await probe.endAsync();
    await publish(qos, ...numbers(5, 8));
    await until(() => device.holds("8"));
    device.letGo();
    await publish(qos, ...numbers(9, 12));
    await until(() => device.handled.includes("12"));
    const taken = [...numbers(1, 3), ...numbers(5, 12)];
    expect(device.counts(taken)).toEqual(taken.map(() => 1));
  });
});

test("more are under way than a broker remembers over its restart: each message once", async () => {
  const { broker, device, link, publish } = await open(5);
  device.hold();
  await publish(2, ...numbers(1, 60));
  await until(() => device.holds("60"));
  const happened = link.breakAt({ from: "device", type: PACKET.pubcomp, count: 1, arrives: false });
  device.letGo();
  await happened;
  await broker.stop();
  await broker.start();
  link.mend();
  await publish(2, "61");
  await until(() => device.handled.includes("61"));
  expect(device.counts(numbers(1, 61))).toEqual(numbers(1, 61).map(() => 1));
});

test("a broker that was killed goes back to a session of before: what comes then is not taken for what came since", async () => {
  const { broker, device, link, publish, ready } = await open(5);
  await publish(2, ...numbers(1, 2));
  await until(() => device.handled.includes("2"));
  await broker.save();
  const happened = link.breakAt({ from: "broker", type: PACKET.pubrel, count: 1, arrives: false });
  await publish(2, ...numbers(3, 6));
  await happened;
  await broker.stop("SIGKILL");
  await broker.start();
  link.mend();
  await ready();
  await publish(2, ...numbers(7, 12));
  await until(() => device.handled.includes("12"));
  expect(device.counts(numbers(7, 12))).toEqual(numbers(7, 12).map(() => 1));
});
