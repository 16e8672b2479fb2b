import { beforeEach, expect, test } from "vitest";
import { Pairing } from "../../../../runtime/boot/pairing/pairing.ts";
import { VirtualClock } from "../../../../runtime/platform/index.ts";
import { formatPublicKey, generateKeys } from "../../../../runtime/trust/index.ts";
import { pairingInputs } from "../../../../runtime/trust/pairing/secret.ts";
import { startSpake2 } from "../../../../runtime/trust/pairing/spake2.ts";

const keys = generateKeys();
const line = formatPublicKey(keys.public);
const MINUTE = 60_000;

let clock: VirtualClock;
let claimed: string[];
let pairing: Pairing;
beforeEach(() => {
  clock = new VirtualClock();
  claimed = [];
  pairing = new Pairing({
    device: "edge",
    clock,
    owned: () => claimed.length > 0,
    claim: async (_line, key, name) => void claimed.push(`${name} ${key.id}`),
  });
});

async function attempt(code: string, key = keys.public) {
  const side = startSpake2({ role: "A", ...(await pairingInputs(code, "edge", key)) });
  const { session, share } = (await pairing.pair({ step: "hello", key: line, share: side.share })) as never;
  const mine = side.finish(share);
  const { proof } = (await pairing.pair({ step: "prove", session, proof: mine.proof, name: "home" })) as never;
  return mine.accepts(proof);
}

const code = () => pairing.shown()?.code ?? "";
const wrong = () => (code() === "1111-1111" ? "2222-2222" : "1111-1111");

test("who knows the code becomes the owner, once, and knows that the device knew it too", async () => {
  expect(code()).toMatch(/^\d{4}-\d{4}$/);
  expect(await attempt(code().replace("-", ""))).toBe(true);
  expect(claimed).toEqual([`home ${keys.public.id}`]);
  expect(pairing.shown()).toBeUndefined();
  await expect(attempt("12345678")).rejects.toMatchObject({ code: "E_PAIRING_CLOSED" });
});

test("five wrong codes end it until the next code comes", async () => {
  const shown = code();
  for (let i = 0; i < 5; i++) await expect(attempt(wrong())).rejects.toMatchObject({ code: "E_PAIRING_CODE" });
  expect(pairing.shown()).toBeUndefined();
  await expect(attempt(shown)).rejects.toMatchObject({ code: "E_PAIRING_CLOSED" });
  clock.advance(10 * MINUTE);
  expect(await attempt(code())).toBe(true);
});

test("a code holds for ten minutes", async () => {
  const old = code();
  clock.advance(9 * MINUTE);
  expect(code()).toBe(old);
  clock.advance(2 * MINUTE);
  expect(code()).not.toBe(old);
  await expect(attempt(old)).rejects.toMatchObject({ code: "E_PAIRING_CODE" });
});

test("the code pairs the key that was typed with it, and no other", async () => {
  const other = generateKeys();
  await expect(attempt(code(), other.public)).rejects.toMatchObject({ code: "E_PAIRING_CODE" });
  expect(claimed).toEqual([]);
});

test("a proof fits the exchange it was made for", async () => {
  const side = startSpake2({ role: "A", ...(await pairingInputs(code(), "edge", keys.public)) });
  const hello = { step: "hello", key: line, share: side.share };
  const first = (await pairing.pair(hello)) as { session: string; share: Uint8Array };
  await pairing.pair(hello);
  const { proof } = side.finish(first.share);
  await expect(pairing.pair({ step: "prove", session: first.session, proof })).rejects.toMatchObject({
    code: "E_PAIRING_CLOSED",
  });
});

test("exchanges that lead nowhere are bounded", async () => {
  const share = startSpake2({ role: "A", ...(await pairingInputs("1", "edge", keys.public)) }).share;
  let begun = 0;
  const begin = () => pairing.pair({ step: "hello", key: line, share }).then(() => begun++);
  await expect(
    (async () => {
      for (;;) await begin();
    })(),
  ).rejects.toMatchObject({ code: "E_PAIRING_CLOSED" });
  expect(begun).toBe(50);
});

test.each([
  [{}, "E_CONTROL"],
  [{ step: "hello" }, "E_CONTROL"],
  [{ step: "hello", key: "x", share: new Uint8Array(65) }, "E_KEY_FORMAT"],
  [{ step: "hello", key: line, share: new Uint8Array(65) }, "E_CONTROL"],
  [{ step: "prove" }, "E_PAIRING_CLOSED"],
  [{ step: "prove", name: "../x" }, "E_CONTROL"],
] as const)("%j is refused", async (args, refusal) => {
  await expect(pairing.pair(args)).rejects.toMatchObject({ code: refusal });
});
