import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { expect, test } from "vitest";
import { COMMAND_WINDOW_MS, generateKeys, type KeyPair, sealCommand } from "../../../runtime/trust/index.ts";
import { Signing } from "../../support/signers.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { DAY, START, TrustDevice } from "./support.ts";

const [alice, eve] = [generateKeys(), generateKeys()];

function command(keys: KeyPair, time: number, device = "kitchen"): Uint8Array {
  const nonce = Uint8Array.from(randomBytes(16));
  return sealCommand({ device, method: "rollback", args: { plugin: "lights" }, time, nonce }, keys);
}

test("an owner's command goes through once, also over a restart", async () => {
  using folder = tempFolder("trust");
  const device = await TrustDevice.start([alice], join(folder.path, "journal.db"));
  const envelope = command(alice, START);
  expect(await device.authority.command(envelope)).toEqual({
    method: "rollback",
    args: { plugin: "lights" },
    signer: alice.public.id,
  });
  await expect(device.authority.command(envelope)).rejects.toThrow("E_TRUST_REPLAY");
  await device.restart();
  await expect(device.authority.command(envelope)).rejects.toThrow("E_TRUST_REPLAY");
});

test("two that come at once, the same one: one goes through", async () => {
  const device = await TrustDevice.start([alice]);
  const envelope = command(alice, START);
  const both = await Promise.allSettled([device.authority.command(envelope), device.authority.command(envelope)]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
});

test("a stranger's, one for another device, and one that was changed are refused", async () => {
  const device = await TrustDevice.start([alice]);
  await expect(device.authority.command(command(eve, START))).rejects.toThrow("E_ENVELOPE_SIGNER");
  await expect(device.authority.command(command(alice, START, "cellar"))).rejects.toThrow("E_TRUST_COMMAND");
  const envelope = command(alice, START);
  envelope[60] = (envelope[60] as number) ^ 1;
  await expect(device.authority.command(envelope)).rejects.toThrow(/^E_ENVELOPE_/);
});

test("too old or too early is refused, and the clock set back opens nothing that was taken", async () => {
  const device = await TrustDevice.start([alice]);
  await expect(device.authority.command(command(alice, START - COMMAND_WINDOW_MS - 1))).rejects.toThrow("E_TRUST_STALE");
  await expect(device.authority.command(command(alice, START + COMMAND_WINDOW_MS + 1))).rejects.toThrow("E_TRUST_STALE");
  const first = command(alice, START);
  await device.authority.command(first);
  device.clock.advance(4 * COMMAND_WINDOW_MS);
  // Nonces of commands that are too old by now are forgotten with this one.
  await device.authority.command(command(alice, device.clock.now()));
  device.clock.jump(START);
  await expect(device.authority.command(first)).rejects.toThrow("E_TRUST_STALE");
  await device.restart();
  await expect(device.authority.command(first)).rejects.toThrow("E_TRUST_STALE");
});

test("a clock that was far ahead for a moment locks nobody out, and opens nothing again", async () => {
  const device = await TrustDevice.start([alice]);
  const first = command(alice, START);
  await device.authority.command(first);
  device.clock.jump(START + 20_000 * DAY);
  await device.authority.command(command(alice, device.clock.now()));
  device.clock.jump(START + 1_000);
  await device.restart();
  await expect(device.authority.command(first)).rejects.toThrow("E_TRUST_STALE");
  await device.authority.command(command(alice, device.clock.now()));
});

test("a device whose clock was never set takes what is signed now, once", async () => {
  const device = await TrustDevice.start([alice]);
  device.clock.jump(1_000);
  const envelope = command(alice, START);
  await device.authority.command(envelope);
  await expect(device.authority.command(envelope)).rejects.toThrow("E_TRUST_REPLAY");
});

test("a policy says which key may give which command", async () => {
  const device = await TrustDevice.start([alice]);
  const signing = new Signing(START);
  const root = signing.root({ root: [alice, eve], policy: [alice] });
  const rules = [
    { keys: [alice.public.id], plugins: ["*"] },
    { keys: [eve.public.id], plugins: [], methods: ["rollback" as const] },
  ];
  await device.update(root, signing.policy(rules, [], [alice]));
  await device.authority.command(command(eve, START));
  await expect(device.authority.command(command(alice, START))).rejects.toThrow("E_TRUST_POLICY");
  // Whether eve's key was revoked meanwhile could not be known any more.
  device.clock.advance(31 * DAY);
  await expect(device.authority.command(command(eve, device.clock.now()))).rejects.toThrow("E_TRUST_EXPIRED");
});
