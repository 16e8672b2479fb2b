import { expect, test } from "vitest";
import type { ImageManifest } from "../../../runtime/contract/index.ts";
import { formatPublicKey, generateKeys, type KeyPair, sha256, signImage } from "../../../runtime/trust/index.ts";
import { Signing } from "../../support/signers.ts";
import { DAY, START, TrustDevice } from "./support.ts";

const [alice, bob, eve] = [generateKeys(), generateKeys(), generateKeys()];

const MANIFEST: ImageManifest = {
  type: "image",
  board: "pc",
  version: "1.1.0",
  commandLine: "quiet steppps.slot={slot}",
  verity: { rootHash: "0".repeat(64), salt: "", dataBlocks: 1, hashOffset: 4096 },
  parts: [
    { name: "root", size: 1, sha256: new Uint8Array(32), blocks: new Uint8Array(40) },
    { name: "kernel", size: 1, sha256: new Uint8Array(32), blocks: new Uint8Array(40) },
  ],
};

function image(keys: KeyPair, changes: Partial<ImageManifest> = {}): Uint8Array {
  return signImage({ ...MANIFEST, ...changes }, keys);
}

test("an owner's image counts, a stranger's doesn't; a floor holds and only rises", async () => {
  const device = await TrustDevice.start([alice]);
  const { authority } = device;
  expect(await authority.image(image(alice))).toMatchObject({
    manifest: { board: "pc", version: "1.1.0" },
    signers: [alice.public.id],
  });
  await expect(authority.image(image(eve))).rejects.toMatchObject({ code: "E_ENVELOPE_SIGNER" });
  await authority.raiseImage("pc", "1.1.0");
  await authority.raiseImage("pc", "1.0.5");
  await expect(authority.image(image(alice, { version: "1.0.9" }))).rejects.toMatchObject({ code: "E_TRUST_DOWNGRADE" });
  await authority.image(image(alice));
  await authority.image(image(alice, { board: "raspberry-pi-4", version: "1.0.0" }));
  await device.restart();
  await expect(device.authority.image(image(alice, { version: "1.0.9" }))).rejects.toMatchObject({ code: "E_TRUST_DOWNGRADE" });
});

test("an image that has expired is refused, by the newest signed time where the clock is behind", async () => {
  const device = await TrustDevice.start([alice]);
  await device.authority.image(image(alice, { expires: START + DAY }));
  device.clock.jump(START + DAY);
  await expect(device.authority.image(image(alice, { expires: START + DAY }))).rejects.toMatchObject({ code: "E_IMAGE_EXPIRED" });
});

test("under a policy only keys with a rule for the board may", async () => {
  const device = await TrustDevice.start([alice]);
  const signing = new Signing(START);
  const keys = [formatPublicKey(eve.public)];
  const rule = { keys: [eve.public.id], plugins: ["*"] };
  await device.update(signing.root({ root: [alice], policy: [bob] }), signing.policy([rule], keys, [bob]));
  await expect(device.authority.image(image(eve))).rejects.toMatchObject({ code: "E_TRUST_POLICY" });
  await device.update(signing.policy([{ ...rule, images: ["raspberry-pi-*"] }], keys, [bob]));
  await expect(device.authority.image(image(eve))).rejects.toMatchObject({ code: "E_TRUST_POLICY" });
  await device.authority.image(image(eve, { board: "raspberry-pi-5" }));
});

test("where there are targets an image has to be among them, to the byte", async () => {
  const device = await TrustDevice.start([alice]);
  const signing = new Signing(START);
  const envelope = image(bob);
  const component = { version: "1.1.0", sha256: sha256(envelope), length: envelope.length };
  const targets = signing.seal("targets", { components: { "image/pc": component } }, [bob]);
  await device.update(
    signing.root({ root: [alice], targets: [bob], snapshot: [bob], timestamp: [bob] }),
    targets,
    ...signing.stamped(targets, undefined, [bob]),
  );
  await device.authority.image(envelope);
  // ML-DSA's signature is another one each time
  await expect(device.authority.image(image(bob))).rejects.toMatchObject({ code: "E_TRUST_TARGET" });
  await expect(device.authority.image(image(bob, { board: "qemu-arm64" }))).rejects.toMatchObject({ code: "E_TRUST_TARGET" });
});

test.each<[string, Partial<ImageManifest>]>([
  ["no kernel", { parts: MANIFEST.parts.slice(0, 1) }],
  ["a part twice", { parts: [...MANIFEST.parts, ...MANIFEST.parts.slice(0, 1)] }],
  ["an index that is cut short", { parts: MANIFEST.parts.map((part) => ({ ...part, blocks: new Uint8Array(39) })) }],
  ["a command line of two lines", { commandLine: "quiet steppps.slot={slot}\ninit=/bin/sh" }],
  ["a command line without its slot", { commandLine: "quiet steppps.slot=a" }],
  ["a board that is a path", { board: "../pc" }],
])("%s: nobody signs that", (_name, changes) => {
  expect(() => image(alice, changes)).toThrow(expect.objectContaining({ code: "E_IMAGE" }));
});
