import { expect, test } from "vitest";
import { generateKeys } from "../../../runtime/trust/index.ts";
import { Signing } from "../../support/signers.ts";
import { DAY, plugin, START, TrustDevice } from "./support.ts";

const [alice, bob, carol, dora, eve] = [generateKeys(), generateKeys(), generateKeys(), generateKeys(), generateKeys()];

/** Root with all roles: bob for the root, carol for targets, dora online for snapshot and timestamp. */
async function prepared() {
  const device = await TrustDevice.start([alice]);
  const signing = new Signing(START);
  const parties = { root: [bob], targets: [carol], snapshot: [dora], timestamp: [dora] };
  const root = signing.root(parties, 1, [alice]);
  const good = plugin(carol, "lights", "1.0.0");
  const targets = signing.targets([good], [carol]);
  const stamped = signing.stamped(targets, undefined, [dora]);
  await device.update(root, targets, ...stamped);
  return { device, signing, parties, root, good, targets, stamped };
}

test("only what they list is deployed, to the byte and in that version", async () => {
  const { device, good } = await prepared();
  await device.deploy(good.envelope);
  // Signed again: another content by its hash.
  await expect(device.deploy(plugin(carol, "lights", "1.0.0").envelope)).rejects.toThrow("E_TRUST_TARGET");
  await expect(device.deploy(plugin(carol, "arbitrary", "1.0.0").envelope)).rejects.toThrow("E_TRUST_TARGET");
  await expect(device.deploy(plugin(bob, "lights", "1.0.0").envelope)).rejects.toThrow("E_ENVELOPE_SIGNER");
});

test("a root that names them takes nothing until they are here", async () => {
  const device = await TrustDevice.start([alice]);
  const signing = new Signing(START);
  await device.update(signing.root({ root: [alice], targets: [alice], snapshot: [alice], timestamp: [alice] }));
  await expect(device.deploy(plugin(alice, "lights", "1.0.0").envelope)).rejects.toThrow("E_TRUST_INCOMPLETE");
  expect((await device.authority.status()).blocked?.code).toBe("E_TRUST_INCOMPLETE");
});

test("rollback: older metadata is refused, and what is trusted stays", async () => {
  const { device, signing, targets, stamped } = await prepared();
  const newer = plugin(carol, "lights", "1.1.0");
  const next = signing.targets([newer], [carol]);
  await device.update(next, ...signing.stamped(next, undefined, [dora]));
  await expect(device.update(targets, ...stamped)).rejects.toThrow("E_TRUST_ROLLBACK");
  await device.deploy(newer.envelope);
  const again = new Signing(START);
  Object.assign(again.versions, { snapshot: 2, timestamp: 2 });
  await expect(device.update(targets, ...again.stamped(targets, undefined, [dora]))).rejects.toThrow("E_TRUST_ROLLBACK");
});

test("mix and match: new targets with an old snapshot, and the other way round, are refused", async () => {
  const { device, signing, targets } = await prepared();
  const next = signing.targets([], [carol]);
  const [snapshot, timestamp] = signing.stamped(next, undefined, [dora]);
  await expect(device.update(next)).rejects.toThrow("E_TRUST_MISMATCH");
  await expect(device.update(snapshot, timestamp)).rejects.toThrow("E_TRUST_MISMATCH");
  await expect(device.update(targets, snapshot, timestamp)).rejects.toThrow("E_TRUST_MISMATCH");
  await expect(device.update(next, timestamp)).rejects.toThrow("E_TRUST_MISMATCH");
  await device.update(next, snapshot, timestamp);
});

test("freeze: what expired blocks new deploys until it is renewed, also after a restart with a clock set back", async () => {
  const { device, signing, targets, stamped, good } = await prepared();
  expect(device.events.filter(({ kind }) => kind === "trust.refused")).toEqual([]);
  device.clock.advance(31 * DAY);
  expect(device.events).toContainEqual(expect.objectContaining({ kind: "trust.refused", code: "E_TRUST_EXPIRED" }));
  await expect(device.deploy(good.envelope)).rejects.toThrow("E_TRUST_EXPIRED");
  await expect(device.update(targets, ...stamped)).rejects.toThrow("E_TRUST_EXPIRED");
  signing.time = START + 29 * DAY;
  signing.lifetime = 60 * DAY;
  const renewed = signing.targets([good], [carol]);
  await device.update(
    signing.root({ root: [bob], targets: [carol], snapshot: [dora], timestamp: [dora] }),
    renewed,
    ...signing.stamped(renewed, undefined, [dora]),
  );
  await device.deploy(good.envelope);
  device.clock.jump(0);
  await device.restart();
  expect(device.events.at(-1)).toMatchObject({ kind: "trust.clock", level: "warn" });
  const { time } = await device.authority.status();
  expect(time).toMatchObject({ newest: START + 29 * DAY, now: START + 29 * DAY });
  await device.deploy(good.envelope);
});

test("expired metadata cannot be used by setting the clock back", async () => {
  const { device, signing, good } = await prepared();
  // A root that is signed later tells the device what time it is at least.
  signing.time = START + 40 * DAY;
  await device.update(signing.root({ root: [bob], targets: [carol], snapshot: [dora], timestamp: [dora] }));
  device.clock.jump(START);
  await expect(device.deploy(good.envelope)).rejects.toThrow("E_TRUST_EXPIRED");
});

test("a file signed by another role's key is refused, and one role's file in another's place", async () => {
  const { device, signing, good } = await prepared();
  const byDora = signing.targets([good], [dora]);
  await expect(device.update(byDora, ...signing.stamped(byDora, undefined, [dora]))).rejects.toThrow("E_TRUST_THRESHOLD");
  const { envelope } = good;
  await expect(device.update(envelope)).rejects.toThrow("E_TRUST_BUNDLE");
});

test("fast forward: new snapshot keys forget the versions that stolen ones signed", async () => {
  const { device, signing, parties, good } = await prepared();
  const stolen = new Signing(START);
  Object.assign(stolen.versions, { targets: 5, snapshot: 1_000_000, timestamp: 1_000_000 });
  const evil = stolen.targets([], [carol]);
  await device.update(evil, ...stolen.stamped(evil, undefined, [dora]));
  const targets = signing.targets([good], [carol]);
  const recovered = signing.root({ ...parties, targets: [eve], snapshot: [eve], timestamp: [eve] });
  const signed = signing.targets([good], [eve]);
  await expect(device.update(targets, ...signing.stamped(targets, undefined, [dora]))).rejects.toThrow("E_TRUST_ROLLBACK");
  await device.update(recovered, signed, ...signing.stamped(signed, undefined, [eve]));
  const [, timestamp] = (await device.authority.status()).roles.filter(({ role }) => role === "snapshot" || role === "timestamp");
  expect(timestamp?.version).toBeLessThan(10);
});

test("a time that never comes, signed by a stolen timestamp key, blocks the device until new keys undo it", async () => {
  const { device, signing, parties, good, targets } = await prepared();
  const stolen = new Signing(START + 20_000 * DAY);
  Object.assign(stolen.versions, signing.versions);
  await device.update(...stolen.stamped(targets, undefined, [dora]));
  await expect(device.deploy(good.envelope)).rejects.toThrow("E_TRUST_EXPIRED");
  const root = signing.root({ ...parties, snapshot: [eve], timestamp: [eve] });
  await device.update(root, targets, ...signing.stamped(targets, undefined, [eve]));
  expect((await device.authority.status()).time.newest).toBe(START);
  await device.deploy(good.envelope);
});

test("a revoked key's plugins go on and are named; its word counts no more", async () => {
  const { device, signing, parties, good } = await prepared();
  await device.deploy(good.envelope);
  const between = await device.authority.plugin(good.envelope);
  const change = await device.update(signing.root({ ...parties, targets: [eve] }));
  expect(change).toMatchObject({
    added: [eve.public.id],
    removed: [carol.public.id],
    orphans: [{ plugin: "lights", version: "1.0.0", signers: [carol.public.id] }],
  });
  expect(device.events.filter(({ plugin: name }) => name === "lights")).toHaveLength(1);
  // Verified before, swapped after: refused between the two.
  expect(() => device.authority.accept(between)).toThrow(/E_TRUST_INCOMPLETE|E_ENVELOPE_SIGNER/);
  expect(device.authority.stored(good.envelope).signer).toBe(carol.public.id);
  const signed = signing.targets([good], [eve]);
  await device.update(signed, ...signing.stamped(signed, undefined, [dora]));
  expect(() => device.authority.accept(between)).toThrow("E_ENVELOPE_SIGNER");
});
