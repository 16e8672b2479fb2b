import { expect, test } from "vitest";
import type { ModelManifest } from "../../../runtime/contract/index.ts";
import { formatPublicKey, generateKeys, type KeyPair, sha256, signModel } from "../../../runtime/trust/index.ts";
import { doublingModel } from "../../support/sample-model.ts";
import { Signing } from "../../support/signers.ts";
import { START, TrustDevice } from "./support.ts";

const [alice, bob, eve] = [generateKeys(), generateKeys(), generateKeys()];

function model(keys: KeyPair, changes: Partial<ModelManifest> = {}): Uint8Array {
  return signModel(doublingModel(changes).manifest, keys);
}

test("an owner's model counts, a stranger's doesn't; a floor holds and only rises, and is not asked of what is here", async () => {
  const device = await TrustDevice.start([alice]);
  const { authority } = device;
  expect(await authority.model(model(alice))).toMatchObject({ manifest: { name: "double" }, signers: [alice.public.id] });
  await expect(authority.model(model(eve))).rejects.toMatchObject({ code: "E_ENVELOPE_SIGNER" });
  await authority.raiseModel("double", "1.1.0");
  await authority.raiseModel("double", "1.0.5");
  await expect(authority.model(model(alice))).rejects.toMatchObject({ code: "E_TRUST_DOWNGRADE" });
  await authority.model(model(alice, { name: "other" }));
  await device.restart();
  await expect(device.authority.model(model(alice))).rejects.toMatchObject({ code: "E_TRUST_DOWNGRADE" });
  expect(device.authority.storedModel(model(alice))).toMatchObject({ manifest: { version: "1.0.0" } });
});

test("under a policy only keys with a rule for the model may, also for one that is here", async () => {
  const device = await TrustDevice.start([alice]);
  const signing = new Signing(START);
  const keys = [formatPublicKey(eve.public)];
  const rule = { keys: [eve.public.id], plugins: ["*"] };
  const refused = { code: "E_TRUST_POLICY" };
  await device.update(signing.root({ root: [alice], policy: [bob] }), signing.policy([rule], keys, [bob]));
  await expect(device.authority.model(model(eve))).rejects.toMatchObject(refused);
  expect(() => device.authority.storedModel(model(eve))).toThrow(expect.objectContaining(refused));
  await device.update(signing.policy([{ ...rule, models: ["dou*"] }], keys, [bob]));
  await device.authority.model(model(eve));
  device.authority.storedModel(model(eve));
  await expect(device.authority.model(model(eve, { name: "other" }))).rejects.toMatchObject(refused);
});

test("where there are targets a model has to be among them, to the byte", async () => {
  const device = await TrustDevice.start([alice]);
  const signing = new Signing(START);
  const envelope = model(bob);
  const component = { version: "1.0.0", sha256: sha256(envelope), length: envelope.length };
  const targets = signing.seal("targets", { components: { "model/double": component } }, [bob]);
  await device.update(
    signing.root({ root: [alice], targets: [bob], snapshot: [bob], timestamp: [bob] }),
    targets,
    ...signing.stamped(targets, undefined, [bob]),
  );
  await device.authority.model(envelope);
  // ML-DSA's signature is another one each time
  await expect(device.authority.model(model(bob))).rejects.toMatchObject({ code: "E_TRUST_TARGET" });
});
