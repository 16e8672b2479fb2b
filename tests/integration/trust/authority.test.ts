import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { encodeBundle, generateKeys, readMetadata, sealEnvelope, sealMetadata } from "../../../runtime/trust/index.ts";
import { Signing } from "../../support/signers.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { plugin, START, TrustDevice } from "./support.ts";

const [alice, bob, carol, dora, eve] = [generateKeys(), generateKeys(), generateKeys(), generateKeys(), generateKeys()];

describe("with owners only", () => {
  test("an owner deploys anything, nobody else does", async () => {
    const device = await TrustDevice.start([alice]);
    await device.deploy(plugin(alice, "lights", "1.0.0").envelope);
    await expect(device.deploy(plugin(eve, "lights", "1.0.1").envelope)).rejects.toThrow("E_ENVELOPE_SIGNER");
    const authorised = await device.authority.plugin(plugin(alice, "lights", "1.1.0").envelope);
    expect(() => authorised.permits({ publish: ["#"], subscribe: ["#"] })).not.toThrow();
    expect(authorised.mayGrow([{ kind: "timers" }])).toBe(false);
  });

  test("an owner that is added counts at once, one that is taken away no more", async () => {
    const device = await TrustDevice.start([]);
    const { envelope } = plugin(bob, "lights", "1.0.0");
    await expect(device.deploy(envelope)).rejects.toThrow("E_ENVELOPE_SIGNER");
    device.owners = [bob.public];
    const authorised = await device.authority.plugin(envelope);
    device.owners = [alice.public];
    expect(() => device.authority.accept(authorised)).toThrow("E_ENVELOPE_SIGNER");
  });

  test("a version below the highest that was here is refused, though the plugin was removed; the same one is not", async () => {
    using folder = tempFolder("trust");
    const device = await TrustDevice.start([alice], join(folder.path, "journal.db"));
    await device.deploy(plugin(alice, "lights", "1.10.0").envelope);
    await device.journal.commit([["plugin.delete", "lights"]]);
    await device.restart();
    await expect(device.deploy(plugin(alice, "lights", "1.9.9").envelope)).rejects.toThrow(
      "E_TRUST_DOWNGRADE: A version is lower than one that was on this device: lights 1.9.9, and 1.10.0 was here",
    );
    await expect(device.deploy(plugin(alice, "lights", "1.10.0-rc.1").envelope)).rejects.toThrow("E_TRUST_DOWNGRADE");
    await device.deploy(plugin(alice, "lights", "1.10.0").envelope);
    await device.deploy(plugin(alice, "other", "0.0.1").envelope);
    expect((await device.authority.status()).floors).toEqual({ lights: "1.10.0", other: "0.0.1" });
  });

  test("nothing is remembered of a version that never took over", async () => {
    const device = await TrustDevice.start([alice]);
    await device.authority.plugin(plugin(alice, "lights", "9.0.0").envelope);
    await device.deploy(plugin(alice, "lights", "1.0.0").envelope);
  });

  test("a stored version is read whoever signed it", async () => {
    const device = await TrustDevice.start([]);
    const { envelope } = plugin(eve, "lights", "1.0.0");
    expect(device.authority.stored(envelope)).toMatchObject({ signer: eve.public.id, manifest: { name: "lights" } });
    expect(() => device.authority.stored(envelope.subarray(9))).toThrow("E_ENVELOPE_FORMAT");
  });
});

describe("root", () => {
  test("the first is signed by an owner; from then on it says who may deploy, and owners no longer do", async () => {
    const device = await TrustDevice.start([alice]);
    const signing = new Signing(START);
    const root = signing.root({ root: [bob, carol] }, 2, [alice]);
    const change = await device.update(root);
    expect(change.added.toSorted()).toEqual([bob.public.id, carol.public.id].toSorted());
    expect(change.removed).toEqual([alice.public.id]);
    await device.restart();
    await device.deploy(plugin(carol, "lights", "1.0.0").envelope);
    await expect(device.deploy(plugin(alice, "lights", "1.0.1").envelope)).rejects.toThrow("E_ENVELOPE_SIGNER");
    expect((await device.authority.status()).ignoredOwners).toEqual([alice.public.id]);
  });

  test("one that no owner signed, or not enough of its own keys, is refused", async () => {
    const device = await TrustDevice.start([alice]);
    await expect(device.update(new Signing(START).root({ root: [eve] }))).rejects.toThrow("E_TRUST_THRESHOLD");
    const half = new Signing(START);
    const root = half.root({ root: [alice, bob] }, 2);
    const alone = sealMetadata("root", readRoot(root), [alice]);
    await expect(device.update(alone)).rejects.toThrow("E_TRUST_THRESHOLD: Too few of the keys that have to sign metadata");
    await device.deploy(plugin(alice, "lights", "1.0.0").envelope);
  });

  test("2 of 3 sign each change; all roots between are walked; a gap, a fork and a root by the old keys alone are refused", async () => {
    const device = await TrustDevice.start([alice]);
    const signing = new Signing(START);
    const first = signing.root({ root: [alice, bob, carol] }, 2);
    const second = signing.root({ root: [bob, carol, dora] }, 2, [alice]);
    const third = signing.root({ root: [carol, dora, eve] }, 2, [bob]);
    await device.update(first);
    await expect(device.update(third)).rejects.toThrow(
      "E_TRUST_CHAIN: A new root does not follow the one that is trusted here: root 3 after 1",
    );
    await device.update(third, second, first);
    expect((await device.authority.status()).roles[0]).toMatchObject({ role: "root", version: 3, threshold: 2 });
    const fork = new Signing(START);
    fork.versions.root = 2;
    await expect(device.update(fork.root({ root: [carol, dora] }, 2, [eve]))).rejects.toThrow("E_TRUST_CHAIN");
    const takeover = new Signing(START);
    takeover.versions.root = 3;
    await expect(device.update(takeover.root({ root: [alice, bob] }, 2))).rejects.toThrow("E_TRUST_THRESHOLD");
    await device.update(first, second, third);
  });

  test("one that two owners of a pair only half signed is refused", async () => {
    const device = await TrustDevice.start([alice]);
    const signing = new Signing(START);
    const mixed = { ...alice, mldsa65: eve.mldsa65 };
    await expect(device.update(signing.root({ root: [mixed] }))).rejects.toThrow("E_ENVELOPE_SIGNATURE");
  });
});

describe("what is no bundle", () => {
  test.each([
    ["nothing", new Uint8Array(0)],
    ["no files", encodeBundle([])],
    ["too much", new Uint8Array(1024 * 1024)],
    ["other content", encodeBundle([sealEnvelope(Uint8Array.of(0xa0), "text/plain", alice)])],
  ])("%s is refused and reported", async (_, bytes) => {
    const device = await TrustDevice.start([alice]);
    await expect(device.authority.update(bytes)).rejects.toThrow("E_TRUST_BUNDLE");
    expect(device.events).toMatchObject([{ kind: "trust.refused", code: "E_TRUST_BUNDLE" }]);
  });

  test("metadata of the wrong shape, well signed as it is, is refused", async () => {
    const device = await TrustDevice.start([alice]);
    const forged = sealEnvelope(Uint8Array.of(0xa0), "application/vnd.steppps.root+cbor", alice);
    await expect(device.update(forged)).rejects.toThrow("E_TRUST_METADATA");
  });
});

function readRoot(bytes: Uint8Array) {
  return readMetadata("root", bytes).meta;
}
