import fc from "fast-check";
import { expect, test } from "vitest";
import { StepppsError } from "../../../runtime/contract/index.ts";
import { openJournal } from "../../../runtime/store/index.ts";
import { encodeBundle, generateKeys, openAuthority, sealCommand } from "../../../runtime/trust/index.ts";
import { Signing } from "../../support/signers.ts";
import { plugin, START, TrustDevice } from "./support.ts";

const [alice, bob] = [generateKeys(), generateKeys()];
const signing = new Signing(START);
const root = signing.root({ root: [alice], targets: [bob], snapshot: [bob], timestamp: [bob] });
const good = plugin(bob, "lights", "1.0.0");
const targets = signing.targets([good], [bob]);
const bundle = encodeBundle([root, targets, ...signing.stamped(targets, undefined, [bob])]);
const command = sealCommand(
  { device: "kitchen", method: "remove", args: { plugin: "x" }, time: START, nonce: new Uint8Array(16) },
  alice,
);

/** Bytes from a stranger: any, or something genuine with a part changed, cut off, or put in twice. */
function hostile(genuine: Uint8Array) {
  const at = fc.nat({ max: genuine.length - 1 });
  return fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    at.map((end) => genuine.slice(0, end)),
    fc.tuple(at, fc.integer({ min: 1, max: 255 })).map(([i, mask]) => genuine.with(i, (genuine[i] as number) ^ mask)),
    fc.tuple(at, at).map(([i, j]) => Uint8Array.from([...genuine.slice(0, i), ...genuine.slice(j)])),
  );
}

const genuine = { update: bundle, plugin: good.envelope, command };

test.each(["update", "plugin", "command"] as const)("%s refuses bytes that nobody signed, with a code", async (method) => {
  const device = await TrustDevice.start([alice]);
  if (method !== "update") await device.authority.update(bundle);
  const before = await device.authority.status();
  await fc.assert(
    fc.asyncProperty(hostile(genuine[method]), async (bytes) => {
      fc.pre(!Buffer.from(bytes).equals(genuine[method]));
      const error: unknown = await device.authority[method](bytes).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      // The root that is trusted already is passed over, whatever its signatures are now.
      if (method === "update" && error === undefined) return;
      expect(error instanceof StepppsError && error.code).toMatch(/^E_(ENVELOPE|TRUST|PACKAGE)/);
    }),
    { numRuns: 200, verbose: 0 },
  );
  const after = await device.authority.status();
  if (method !== "update") expect(after).toEqual(before);
  expect([[alice.public.id], [bob.public.id]]).toContainEqual(after.deployers);
  expect(after.roles.every(({ version }) => version === 1)).toBe(true);
});

test("any mix of genuine files of two histories leaves one of them whole, or nothing", async () => {
  const other = new Signing(START);
  const otherRoot = other.root({ root: [alice], targets: [bob], snapshot: [bob], timestamp: [bob] });
  const otherTargets = other.targets([], [bob]);
  const files = [root, otherRoot, targets, otherTargets];
  files.push(...signing.stamped(targets, undefined, [bob]), ...other.stamped(otherTargets, undefined, [bob]));
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(files, { minLength: 1 }), async (chosen) => {
      const device = await TrustDevice.start([alice]);
      await device.update(...chosen).catch(() => {});
      const { blocked, roles } = await device.authority.status();
      const below = roles.filter(({ role }) => role !== "root");
      expect(below.length === 0 || (below.length === 3 && blocked === undefined)).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test("a disk that is full, or a fault after the commit: the old metadata whole, or the new", async () => {
  const device = await TrustDevice.start([alice]);
  const journal = await openJournal({ file: ":memory:" });
  let full = true;
  const ports = {
    clock: device.clock,
    owners: () => [alice.public],
    device: () => "kitchen",
    group: () => undefined,
    emit() {},
  };
  const commit: typeof journal.commit = (ops) => (full ? Promise.reject(new StepppsError("E_STORE_FULL")) : journal.commit(ops));
  const narrow = { ...bound(journal), commit };
  const pass = () => {
    throw new StepppsError("E_FAULT");
  };
  const authority = await openAuthority({ ...ports, journal: narrow, faults: { pass() {} } });
  await expect(authority.update(bundle)).rejects.toThrow("E_STORE_FULL");
  expect((await authority.status()).roles).toEqual([]);
  full = false;
  const failing = await openAuthority({ ...ports, journal: narrow, faults: { pass } });
  await expect(failing.update(bundle)).rejects.toThrow("E_FAULT");
  const after = await openAuthority({ ...ports, journal: narrow, faults: { pass() {} } });
  expect((await after.status()).roles.map(({ role }) => role)).toEqual(["root"]);
  await after.update(bundle);
  expect((await after.status()).blocked).toBeUndefined();
  await journal.close();
});

test("a stored root that cannot be read blocks everything, rather than trusting the owners again", async () => {
  const device = await TrustDevice.start([alice]);
  await device.authority.update(bundle);
  await device.journal.commit([["trust.role.set", "root", 1, Uint8Array.of(1, 2, 3)]]);
  await device.restart();
  expect(device.events.map(({ kind }) => kind)).toContain("trust.refused");
  await expect(device.deploy(plugin(alice, "lights", "2.0.0").envelope)).rejects.toThrow("E_TRUST_INCOMPLETE");
  await expect(device.authority.update(bundle)).rejects.toThrow("E_TRUST_INCOMPLETE");
  expect((await device.authority.status()).deployers).toEqual([]);
});

/** The journal with its methods as fields, so that one can be replaced. */
function bound(journal: Awaited<ReturnType<typeof openJournal>>) {
  return {
    opened: journal.opened,
    read: journal.read.bind(journal),
    pressure: journal.pressure.bind(journal),
    size: journal.size.bind(journal),
    widen: journal.widen.bind(journal),
    copy: journal.copy.bind(journal),
    close: journal.close.bind(journal),
  };
}
