import { encode } from "cbor-x";
import { describe, expect, test } from "vitest";
import { controlTopic, type Message, type RpcReply, StepppsError, utf8 } from "../../../../runtime/contract/index.ts";
import { type Delivery, type RpcFunction, RpcServer, type SignedCommand } from "../../../../runtime/mqtt/index.ts";
import { decodeCbor, encodeCbor, fromPlain, toPlain } from "../../../../runtime/platform/index.ts";

const WAITING = 256;

interface Said extends Pick<Message, "topic" | "correlation"> {
  readonly reply: RpcReply;
}

/** A server whose methods all do `method`, with its answers. */
function serve(
  method: RpcFunction,
  verify: (envelope: Uint8Array) => Promise<SignedCommand> = () => Promise.reject(new Error()),
) {
  const said: Said[] = [];
  const publish = async ({ topic, payload, correlation }: Message) => {
    const json = payload[0] === 0x7b;
    const reply = (json ? JSON.parse(Buffer.from(payload).toString()) : toPlain(decodeCbor(payload))) as RpcReply;
    said.push({ topic, reply, ...(correlation && { correlation }) });
  };
  const server = new RpcServer({
    device: "edge",
    bus: { publish, subscribe: async () => {} },
    journal: { commit: async () => {} },
    methods: { status: method, rollback: method, pair: method },
    verify,
  });
  const send = (topic: string, payload: Uint8Array, more: Partial<Delivery> = {}) => {
    const message = { topic, payload, qos: 1, retain: false, duplicate: false, from: "test", ops: [], ...more } as const;
    return new Promise<void>((resolve, reject) => {
      if (!server.take(message, (error) => (error ? reject(error) : resolve()))) reject(new Error("not taken"));
    });
  };
  const ask = async (name: string, args: Uint8Array | object = new Uint8Array(0), more: Partial<Delivery> = {}) => {
    const id = `r${said.length}`;
    await send(`steppps/edge/rpc/${name}/${id}`, args instanceof Uint8Array ? args : encodeCbor(fromPlain(args)), more);
    await turns();
    return said.at(-1) as Said;
  };
  return { said, ask, send };
}

async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

const code = ({ reply }: Said) => (reply.ok ? "ok" : reply.error.code);

test("answers beside the request, on the response topic of MQTT 5 where there is one, with its correlation data", async () => {
  const { ask } = serve((args) => ({ got: args }));
  const usual = await ask("status", { text: "x", bytes: Uint8Array.of(1, 2) });
  expect(usual).toEqual({
    topic: controlTopic.reply("edge", "status", "r0"),
    reply: { ok: true, value: { got: { text: "x", bytes: Uint8Array.of(1, 2) } } },
  });
  const correlation = Uint8Array.of(7, 7);
  expect(await ask("status", {}, { responseTopic: "people/me", correlation })).toMatchObject({ topic: "people/me", correlation });
  // Whoever asks cannot have the device speak where only the device does
  for (const responseTopic of ["steppps/edge/deploy", "steppps/edge/rpc/rollback/1", "$SYS/x", "a/#"])
    expect((await ask("status", {}, { responseTopic })).topic).toMatch(/^steppps\/edge\/rpc\/status\/r\d\/reply$/);
});

test("takes other encoders' CBOR, JSON, and nothing; refuses the rest", async () => {
  const { ask } = serve((args) => args);
  const ok = (value: unknown) => ({ reply: { ok: true, value } });
  expect(await ask("status", new Uint8Array(encode({ b: 1.5, a: [1, "x"] })))).toMatchObject(ok({ a: [1, "x"], b: 1.5 }));
  expect(await ask("status", utf8('{"a":1}'))).toMatchObject(ok({ a: 1 }));
  expect(await ask("status")).toMatchObject(ok({}));
  for (const wrong of [
    utf8("{"),
    utf8("status"),
    Uint8Array.of(0x80),
    Uint8Array.of(0xa1),
    Uint8Array.of(0x05),
    new Uint8Array(70_000),
  ])
    expect(code(await ask("status", wrong))).toBe("E_CONTROL");
  expect(code(await ask("explode", {}))).toBe("E_CONTROL");
  expect(code(await ask("__proto__", {}))).toBe("E_CONTROL");
  expect(code(await ask("backup", {}))).toBe("E_CONTROL_ABSENT");
});

test("an answer in JSON has its bytes as base64", async () => {
  const { ask } = serve(() => ({ bytes: Uint8Array.of(1, 2, 3) }));
  expect(await ask("status", utf8("{}"))).toMatchObject({ reply: { ok: true, value: { bytes: "AQID" } } });
});

describe("what changes the device, asked from another machine", () => {
  test("counts only signed, for the method that was signed", async () => {
    const callers: unknown[] = [];
    const { ask } = serve(
      (args, caller) => void callers.push([args, caller]),
      async (envelope) => {
        if (envelope[0] !== 1) throw new StepppsError("E_TRUST_EXPIRED", "too old");
        return { method: "rollback", args: { plugin: "signed" }, signer: "key" };
      },
    );
    const remote = { remote: true } as const;
    expect(code(await ask("rollback", { plugin: "x" }, remote))).toBe("E_CONTROL_UNSIGNED");
    expect(code(await ask("rollback", utf8('{"plugin":"x","signed":"AQ=="}'), remote))).toBe("E_CONTROL_UNSIGNED");
    expect(code(await ask("rollback", { signed: Uint8Array.of(0) }, remote))).toBe("E_TRUST_EXPIRED");
    expect(code(await ask("pair", { signed: Uint8Array.of(1) }, remote))).toBe("E_CONTROL");
    expect(callers).toEqual([]);
    expect(code(await ask("rollback", { plugin: "other", signed: Uint8Array.of(1) }, remote))).toBe("ok");
    expect(callers).toEqual([[{ plugin: "signed" }, { from: "test", remote: true, signer: "key" }]]);
    expect(code(await ask("status", {}, remote))).toBe("ok");
    expect(code(await ask("pair", {}, remote))).toBe("ok");
    expect(code(await ask("rollback", { plugin: "x" }))).toBe("ok");
  });

  test("is done once though it arrive twice", async () => {
    let times = 0;
    const { said, send } = serve(() => ++times);
    for (const duplicate of [false, true]) await send("steppps/edge/rpc/rollback/one", utf8("{}"), { duplicate });
    await turns();
    expect(said.map(({ reply }) => reply)).toEqual([
      { ok: true, value: 1 },
      { ok: true, value: 1 },
    ]);
    // Not sent again, but pressed again
    await send("steppps/edge/rpc/rollback/one", utf8("{}"));
    await turns();
    expect(times).toBe(2);
  });
});

test("a request that a broker kept is not carried out", async () => {
  const { said, send } = serve(() => 1);
  await send("steppps/edge/rpc/status/1", utf8("{}"), { retain: true });
  await turns();
  expect(said).toEqual([]);
});

test("of a flood of requests few are carried out at once, some wait, the rest are told to come again", async () => {
  let most = 0;
  let now = 0;
  const release: (() => void)[] = [];
  const { said, send } = serve(async () => {
    most = Math.max(most, ++now);
    await new Promise<void>((resolve) => release.push(resolve));
    now--;
  });
  for (let i = 0; i < 2000; i++) await send(`steppps/edge/rpc/status/${i}`, new Uint8Array(0));
  await turns();
  expect(said.every((one) => code(one) === "E_CONTROL_BUSY")).toBe(true);
  while (said.length < 2000) {
    for (const go of release.splice(0)) go();
    await turns();
  }
  expect(said).toHaveLength(2000);
  expect(said.filter((one) => code(one) === "ok")).toHaveLength(WAITING + most);
  expect(most).toBeLessThanOrEqual(16);
});

test("large requests wait only as far as some MiB go", async () => {
  const release: (() => void)[] = [];
  const { said, send } = serve(() => new Promise<void>((resolve) => release.push(resolve)));
  for (let i = 0; i < 16; i++) await send(`steppps/edge/rpc/status/slow${i}`, new Uint8Array(0));
  await turns();
  for (let i = 0; i < 100; i++) await send(`steppps/edge/rpc/trust-update/${i}`, new Uint8Array(1024 * 1024));
  await turns();
  const busy = said.filter((one) => code(one) === "E_CONTROL_BUSY").length;
  expect(busy).toBeGreaterThanOrEqual(90);
  while (said.length < 116) {
    for (const go of release.splice(0)) go();
    await turns();
  }
  expect(said.filter((one) => code(one) === "E_CONTROL_BUSY")).toHaveLength(busy);
  expect(said.filter((one) => code(one) === "ok")).toHaveLength(16);
});

test("an answer that cannot be sent is answered with why", async () => {
  const loop: Record<string, unknown> = {};
  loop.loop = loop;
  const answers = [loop, 10n, () => 1, Number.NaN, new Uint8Array(9 * 1024 * 1024)];
  const { ask } = serve(() => answers.shift());
  for (let i = answers.length; i > 0; i--) expect(code(await ask("status", {}))).toBe("E_CONTROL_ANSWER");
  expect(code(await ask("status", {}))).toBe("ok");
});
