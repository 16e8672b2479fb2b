import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import { openJournal } from "../../../runtime/store/index.ts";
import { publishPacket, rawClient } from "./raw-client.ts";
import { client, freePort, mosquittoPub, mosquittoSub, temporaryFolder, until } from "./support.ts";

const PROGRAM = fileURLToPath(new URL("broker-process.ts", import.meta.url));

async function broker() {
  const file = join(temporaryFolder(), "journal.db");
  const port = await freePort();
  const lines: string[] = [];
  let child: ChildProcess | undefined;
  const start = async () => {
    const before = lines.length;
    const started = spawn(process.execPath, [PROGRAM, file, String(port)], { stdio: ["ignore", "pipe", "inherit"] });
    child = started;
    let rest = "";
    started.stdout.on("data", (chunk) => {
      const all = (rest + chunk).split("\n");
      rest = all.pop() ?? "";
      lines.push(...all);
    });
    await until(() => lines.slice(before).some((line) => line.startsWith("ready")), 20);
  };
  const ended = async () => {
    if (child && child.exitCode === null && child.signalCode === null) await once(child, "exit");
  };
  const kill = async () => {
    child?.kill("SIGKILL");
    await ended();
  };
  onTestFinished(kill);
  await start();
  return { file, port, lines, start, kill, ended };
}

const took = (lines: readonly string[]) => lines.filter((line) => line.startsWith("took"));

test("retained messages and subscriptions are there after kill -9", async () => {
  const { port, start, kill } = await broker();
  await mosquittoPub(port, "-r", "-q", "1", "-t", "state/a", "-m", "on");
  const one = await client(port, { clientId: "kept", clean: false });
  await one.subscribeAsync(["news/#", "other"], { qos: 1 });
  await one.unsubscribeAsync("other");
  await kill();
  await start();
  const again = await client(port, { clientId: "kept", clean: false });
  await mosquittoPub(port, "-q", "1", "-t", "other", "-m", "no");
  await mosquittoPub(port, "-q", "1", "-t", "news/1", "-m", "yes");
  await until(() => again.got.length > 0);
  expect(again.got).toEqual(["news/1 yes"]);
  const late = mosquittoSub(port, "-t", "state/#");
  await until(() => late.lines.length === 1);
  expect(late.lines).toEqual(["state/a on"]);
});

test("what was acknowledged to a publisher reaches a session that was away, over kill -9, once each at QoS 2", async () => {
  const { port, start, kill } = await broker();
  const one = await client(port, { clientId: "kept", clean: false });
  await one.subscribeAsync({ "news/1": { qos: 1 }, "news/2": { qos: 2 } });
  await one.endAsync();
  for (let i = 0; i < 20; i++) {
    await mosquittoPub(port, "-q", "1", "-t", "news/1", "-m", `${i}`);
    await mosquittoPub(port, "-q", "2", "-t", "news/2", "-m", `${i}`);
  }
  await kill();
  await start();
  const again = await client(port, { clientId: "kept", clean: false });
  await until(() => again.got.length === 40);
  await again.endAsync();
  for (const qos of [1, 2]) {
    expect(again.got.filter((line) => line.startsWith(`news/${qos}`))).toEqual(
      Array.from({ length: 20 }, (_, i) => `news/${qos} ${i}`),
    );
  }
  await kill();
  await start();
  const last = await client(port, { clientId: "kept", clean: false });
  await mosquittoPub(port, "-q", "1", "-t", "news/1", "-m", "end");
  await until(() => last.got.includes("news/1 end"));
  expect(last.got).toEqual(["news/1 end"]);
});

test("a QoS 2 message whose broker died between the commit and PUBREC is not taken twice", async () => {
  const { port, lines, start, ended } = await broker();
  const first = await rawClient(port, { clean: false, clientId: "once" } as object);
  first.send(publishPacket("in/die", "x", 2, 9));
  await ended();
  expect(first.packets).toEqual([]);
  await start();
  const second = await rawClient(port, { clean: false, clientId: "once" } as object);
  second.send(publishPacket("in/die", "x", 2, 9, { dup: true } as object));
  await second.next("pubrec");
  second.send({ cmd: "pubrel", messageId: 9 });
  await second.next("pubcomp");
  expect(took(lines)).toEqual(["took in/die x"]);
});

test("however often it is killed, what was acknowledged is there, and QoS 2 is there once", async () => {
  const { file, port, start, kill } = await broker();
  const listener = connect(`mqtt://127.0.0.1:${port}`, { clientId: "listener", clean: false, reconnectPeriod: 20 });
  const publisher = connect(`mqtt://127.0.0.1:${port}`, { clientId: "publisher", clean: false, reconnectPeriod: 20 });
  for (const one of [listener, publisher]) {
    one.on("error", () => {});
    onTestFinished(() => void one.end(true));
  }
  const heard: string[] = [];
  listener.on("message", (topic, payload) => heard.push(`took ${topic} ${payload}`));
  await listener.subscribeAsync({ "in/1": { qos: 1 }, "in/2": { qos: 2 } });
  const acknowledged: string[] = [];
  let running = true;
  const publishing = (async () => {
    for (let i = 0; running; i++) {
      const [topic, qos] = i % 2 ? (["in/1", 1] as const) : (["in/2", 2] as const);
      publisher.publishAsync(topic, `${i}`, { qos }).then(
        () => acknowledged.push(`took ${topic} ${i}`),
        () => {},
      );
      await sleep(2);
    }
  })();
  for (let i = 0; i < 8; i++) {
    await sleep(50 + Math.random() * 250);
    await kill();
    await start();
  }
  running = false;
  await publishing;
  const sent = () => acknowledged.length;
  let last = -1;
  while (last !== sent() || sent() === 0) {
    last = sent();
    await sleep(1000);
  }
  await until(() => acknowledged.every((line) => heard.includes(line)));
  await kill();
  const journal = await openJournal({ file });
  const taken = (await journal.read("event.last", 1_000_000)).map(({ text }) => text);
  await journal.close();
  for (const lines of [taken, heard]) {
    expect(acknowledged.filter((line) => !lines.includes(line))).toEqual([]);
    const exactlyOnce = lines.filter((line) => line.startsWith("took in/2"));
    expect(exactlyOnce.length).toBe(new Set(exactlyOnce).size);
  }
  expect(acknowledged.length).toBeGreaterThan(100);
});

test("a QoS 1 message whose broker died before PUBACK is sent, and taken, again", async () => {
  const { port, lines, start, ended } = await broker();
  const first = await rawClient(port, { clean: false, clientId: "least" } as object);
  first.send(publishPacket("in/die", "x", 1, 9));
  await ended();
  expect(first.packets).toEqual([]);
  await start();
  const second = await rawClient(port, { clean: false, clientId: "least" } as object);
  second.send(publishPacket("in/die", "x", 1, 9, { dup: true } as object));
  await ended();
  expect(took(lines)).toEqual(["took in/die x", "took in/die x"]);
});

test("wills of clients that were connected when the broker died are said at the next start, once", async () => {
  const { port, lines, start, kill } = await broker();
  await client(port, { will: { topic: "will/a", payload: Buffer.from("gone"), qos: 1, retain: false } });
  await kill();
  await start();
  await until(() => took(lines).length === 1);
  // Acknowledged, and so is on disk what came before it.
  await mosquittoPub(port, "-q", "1", "-t", "in/between", "-m", "x");
  await kill();
  await start();
  await mosquittoPub(port, "-q", "1", "-t", "in/end", "-m", "x");
  await until(() => lines.includes("took in/end x"));
  expect(took(lines)).toEqual(["took will/a gone", "took in/between x", "took in/end x"]);
});
