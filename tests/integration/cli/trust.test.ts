import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { encodeLayerHead } from "../../../runtime/boot/device/layer/layer-file.ts";
import { main } from "../../../runtime/cli/main.ts";
import type { LayerManifest } from "../../../runtime/contract/index.ts";
import { encodeModelFile } from "../../../runtime/inference/model-file.ts";
import { generateKeys, loadKeys, signLayer, signModel } from "../../../runtime/trust/index.ts";
import { fileSource, readHeader } from "../../../runtime/update/index.ts";
import { doublingModel } from "../../support/sample-model.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { plugin, TrustDevice } from "../trust/support.ts";
import { bundleOf, imageFiles } from "../update/images.ts";

/** Someone at a machine of their own: keys, a working folder, and the command line. */
class Person {
  readonly dir: string;
  readonly trust: string;

  constructor(root: string, name: string, trust: string) {
    this.dir = join(root, name);
    this.trust = trust;
  }

  /** The result, or the error's code. */
  async run(...args: string[]): Promise<unknown> {
    let stdout = "";
    let stderr = "";
    const code = await main([...args, "--json"], {
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: (text) => (stderr += text) },
      env: {
        STEPPPS_KEYS: join(this.dir, "keys"),
        STEPPPS_DATA: join(this.dir, "data"),
        STEPPPS_PASSPHRASE: "correct horse battery",
      },
      cwd: join(this.dir, ".."),
      signal: new AbortController().signal,
    });
    return code === 0 ? JSON.parse(stdout) : JSON.parse(stderr.split("\n")[0] as string).error.code;
  }

  sign(verb: string, ...args: string[]): Promise<unknown> {
    return this.run("trust", verb, ...args, "--dir", this.trust);
  }

  keys(name = "owner") {
    return loadKeys(join(this.dir, "keys"), name);
  }
}

async function people(...names: string[]) {
  const folder = tempFolder("trust-cli");
  onTestFinished(() => folder[Symbol.dispose]());
  const all = names.map((name) => new Person(folder.path, name, join(folder.path, "trust")));
  for (const [i, person] of all.entries()) {
    await person.run("keys", "new");
    const { public: line } = (await person.run("keys", "show")) as { public: string };
    writeFileSync(join(folder.path, `${names[i]}.pub`), `${line}\n`);
  }
  const bundle = async () => {
    await all[0]?.sign("update", "--out", "bundle");
    return readFileSync(join(folder.path, "bundle"));
  };
  return { path: folder.path, all, bundle };
}

/** Devices judge by the time of day here: the command line signs with it. */
async function device(...owners: Person[]) {
  const made = await TrustDevice.start(owners.map((owner) => owner.keys()));
  made.clock.jump(Date.now());
  return made;
}

test("rehearsal: a 2 of 3 root, plugins in targets, rotation, revocation, two devices without a network", async () => {
  const { path, all, bundle } = await people("alice", "bob", "carol", "dora");
  const [alice, bob, carol, dora] = all as [Person, Person, Person, Person];
  const [kitchen, cellar] = [await device(alice), await device(alice)];

  // A root of three, two of whom sign each change; alice's machine also signs what is newest.
  const made = await alice.sign("init", "--root", "owner,bob.pub,carol.pub", "--threshold", "2", "--targets", "owner");
  expect(made).toMatchObject([
    { role: "root", version: 1, missing: 1 },
    { role: "targets" },
    { role: "snapshot" },
    { role: "timestamp" },
  ]);
  await expect(kitchen.authority.update(await bundle())).rejects.toThrow("E_TRUST_THRESHOLD");
  expect(await bob.sign("sign", join(path, "trust", "1.root.cbor"))).toMatchObject([{ role: "root", missing: 0 }]);
  for (const each of [kitchen, cellar]) await each.authority.update(await bundle());

  // A plugin has to be in the targets.
  const lights = plugin(alice.keys(), "lights", "1.0.0");
  await expect(kitchen.deploy(lights.envelope)).rejects.toThrow("E_TRUST_TARGET");
  writeFileSync(join(path, "lights.plugin"), lights.envelope);
  expect(await alice.sign("sign", "lights.plugin")).toMatchObject([
    { role: "targets", version: 2 },
    { version: 2 },
    { version: 2 },
  ]);
  const stick = await bundle();
  for (const each of [kitchen, cellar]) {
    await each.authority.update(stick);
    await each.deploy(lights.envelope);
  }

  // Carol's machine is stolen: alice and bob take her key out, dora comes in. Nobody can do it alone.
  expect(await alice.sign("rotate", "--root", "owner,bob.pub,dora.pub")).toMatchObject([{ version: 2, missing: 1 }]);
  await expect(kitchen.authority.update(await bundle())).rejects.toThrow("E_TRUST_THRESHOLD");
  expect(await bob.sign("sign", join(path, "trust", "2.root.cbor"))).toMatchObject([{ missing: 0 }]);
  await kitchen.authority.update(await bundle());
  expect(await carol.sign("sign", join(path, "trust", "2.root.cbor"))).toMatchObject([{ role: "root" }]);

  // Alice's own key is next; the cellar was away and walks both roots from one stick.
  expect(await alice.sign("rotate", "--targets", "bob.pub", "--timestamp", "bob.pub")).toMatchObject([
    { version: 3, missing: 1 },
  ]);
  await bob.sign("sign", join(path, "trust", "3.root.cbor"));
  expect(await bob.sign("revoke", "alice.pub")).toMatchObject([{ role: "root", version: 4, missing: 1 }, {}, {}]);
  await dora.sign("sign", join(path, "trust", "4.root.cbor"));
  expect(await bob.sign("revoke", "dora.pub")).toBe("E_TRUST_KEYS");
  await bob.sign("sign");
  const change = await cellar.authority.update(await bundle());
  expect(change.removed).toEqual([alice.keys().public.id]);
  expect(change.orphans).toMatchObject([{ plugin: "lights", version: "1.0.0" }]);
  await expect(cellar.deploy(plugin(alice.keys(), "lights", "1.0.1").envelope)).rejects.toThrow("E_ENVELOPE_SIGNER");
  const fixed = plugin(bob.keys(), "lights", "1.0.1");
  writeFileSync(join(path, "lights.plugin"), fixed.envelope);
  await bob.sign("sign", "lights.plugin");
  for (const each of [kitchen, cellar]) {
    await each.authority.update(await bundle());
    await each.deploy(fixed.envelope);
    expect((await each.authority.status()).orphans).toEqual([]);
  }
});

test("a policy in YAML is signed, obeyed, and loses a revoked key's rules", async () => {
  const { path, all, bundle } = await people("alice", "eve");
  const [alice, eve] = all as [Person, Person];
  const kitchen = await device(alice);
  await alice.sign("init", "--policy", "owner");
  writeFileSync(
    join(path, "policy.yaml"),
    'rules:\n  - keys: [owner]\n    plugins: ["*"]\n    methods: [rollback]\n  - keys: [eve.pub]\n    plugins: ["lights-*"]\n    publish: ["home/+/light"]\n',
  );
  expect(await alice.sign("policy", "policy.yaml")).toMatchObject([{ role: "policy", version: 1, missing: 0 }]);
  await kitchen.authority.update(await bundle());
  await kitchen.deploy(plugin(eve.keys(), "lights-hall", "1.0.0").envelope);
  await expect(kitchen.deploy(plugin(eve.keys(), "doors", "1.0.0").envelope)).rejects.toThrow("E_TRUST_POLICY");
  expect(await alice.sign("revoke", "eve.pub")).toMatchObject([{ role: "policy", version: 2 }]);
  const change = await kitchen.authority.update(await bundle());
  expect(change.orphans).toMatchObject([{ plugin: "lights-hall" }]);
  await expect(kitchen.deploy(plugin(eve.keys(), "lights-hall", "1.0.1").envelope)).rejects.toThrow("E_TRUST_POLICY");
  writeFileSync(join(path, "bad.yaml"), "rules:\n  - keys: [owner]\n    plugin: x\n");
  expect(await alice.sign("policy", "bad.yaml")).toBe("E_TRUST_METADATA");
});

test("when a root is lost, a reset on the device's own disk lets its owners begin again; lowest versions stay", async () => {
  const { path, all, bundle } = await people("alice", "bob");
  const [alice, bob] = all as [Person, Person];
  const file = join(bob.dir, "data", "journal.db");
  await bob.run("trust", "csr"); // makes the data directory, as a start does
  const made = await TrustDevice.start([alice.keys()], file);
  made.clock.jump(Date.now());
  await alice.sign("init", "--root", "owner");
  await made.authority.update(await bundle());
  await made.deploy(plugin(alice.keys(), "lights", "2.0.0").envelope);
  // Alice's key is gone: the document names bob now, which alone changes nothing.
  made.owners = [bob.keys().public];
  await expect(made.deploy(plugin(bob.keys(), "lights", "2.0.1").envelope)).rejects.toThrow("E_ENVELOPE_SIGNER");
  expect(await bob.run("trust", "reset")).toBe("E_CLI_OPTION");
  expect(await bob.run("trust", "reset", "--yes")).toBe("E_DATA_IN_USE");
  await made.journal.close();
  expect(await bob.run("trust", "reset", "--yes")).toMatchObject({ reset: true });
  const again = await TrustDevice.start([bob.keys()], file);
  await expect(again.deploy(plugin(bob.keys(), "lights", "1.0.0").envelope)).rejects.toThrow("E_TRUST_DOWNGRADE");
  await again.deploy(plugin(bob.keys(), "lights", "2.0.1").envelope);
  expect(existsSync(join(path, "bundle"))).toBe(true);
});

test("a key comes back from its sealed copy, and never over another", async () => {
  const { path, all } = await people("alice", "bob");
  const [alice, bob] = all as [Person, Person];
  expect(await alice.run("keys", "backup", "alice.sealed")).toMatchObject({ id: alice.keys().public.id });
  expect(await alice.run("keys", "backup", "alice.sealed")).toBe("E_CLI_EXISTS");
  const sealed = readFileSync(join(path, "alice.sealed"), "latin1");
  for (const secret of ["kty", "priv", 'd":']) expect(sealed).not.toContain(secret);
  expect(await bob.run("keys", "restore", "alice.sealed")).toBe("E_KEY_EXISTS");
  expect(await bob.run("keys", "restore", "alice.sealed", "alice")).toMatchObject({ id: alice.keys().public.id });
  expect(bob.keys("alice").public.id).toBe(alice.keys().public.id);
  expect(await bob.run("keys", "restore", "nowhere", "x")).toBe("E_KEY_MISSING");
  expect(generateKeys().public.id).not.toBe(alice.keys().public.id);
});

test("a signing request goes out, the issued certificate comes in, and only that of the device's own key", async () => {
  const { path, all } = await people("alice");
  const [alice] = all as [Person];
  const { request, pin } = (await alice.run("trust", "csr", "--out", "alice.csr")) as { request: string; pin: string };
  expect(readFileSync(join(path, "alice.csr"), "utf8")).toBe(request);
  expect(((await alice.run("trust", "csr")) as { pin: string }).pin).toBe(pin);
  const own = readFileSync(join(alice.dir, "data", "identity", "ec-p256.certificate.pem"), "utf8");
  writeFileSync(join(path, "own.pem"), own);
  expect(await alice.run("trust", "certificate", "own.pem")).toMatchObject({ pin });
  expect(await alice.run("trust", "certificate", "own.pem", "--algorithm", "ml-dsa-65")).toBe("E_IDENTITY");
  expect(await alice.run("trust", "certificate", "own.pem", "--algorithm", "rsa")).toBe("E_CLI_OPTION");
});

test("images, layers and models have to be in the targets as plugins do, a layer of each architecture by itself", async () => {
  const { path, all, bundle } = await people("alice");
  const [alice] = all as [Person];
  const kitchen = await device(alice);
  await alice.sign("init", "--root", "owner", "--targets", "owner");
  await kitchen.authority.update(await bundle());

  const image = join(path, "edge.bundle");
  await bundleOf(image, imageFiles(join(path, "parts"), "1.0.0"), alice.keys(), { version: "1.0.0" });
  const source = await fileSource(image);
  const { envelope } = await readHeader(source, 1 << 20);
  await source.close();
  const layers = (["arm64", "x86_64"] as const).map((arch) => {
    const layer = signLayer({ ...LAYER, arch }, alice.keys());
    writeFileSync(join(path, `${arch}.layer`), encodeLayerHead(layer));
    return layer;
  });
  const { manifest, onnx } = doublingModel();
  const model = signModel(manifest, alice.keys());
  writeFileSync(join(path, "double.model"), encodeModelFile({ envelope: model, onnx }));
  await expect(kitchen.authority.image(envelope)).rejects.toThrow("E_TRUST_TARGET");
  await expect(kitchen.authority.model(model)).rejects.toThrow("E_TRUST_TARGET");
  for (const layer of layers) await expect(kitchen.authority.layer(layer)).rejects.toThrow("E_TRUST_TARGET");

  expect(await alice.sign("sign", "edge.bundle", "arm64.layer", "x86_64.layer", "double.model")).toMatchObject([
    { role: "targets", version: 2 },
    { role: "snapshot" },
    { role: "timestamp" },
  ]);
  await kitchen.authority.update(await bundle());
  await expect(kitchen.authority.image(envelope)).resolves.toMatchObject({ manifest: { version: "1.0.0" } });
  await expect(kitchen.authority.model(model)).resolves.toMatchObject({ manifest: { name: "double" } });
  for (const layer of layers) await expect(kitchen.authority.layer(layer)).resolves.toMatchObject({ manifest: { name: "wifi" } });

  writeFileSync(join(path, "cut.layer"), encodeLayerHead(layers[0] as Uint8Array).subarray(0, 100));
  expect(await alice.sign("sign", "cut.layer")).toBe("E_LAYER");
});

const LAYER = {
  type: "layer" as const,
  name: "wifi",
  version: "1.0.0",
  size: 12_288,
  sha256: new Uint8Array(32).fill(7),
  verity: { rootHash: "a".repeat(64), salt: "b".repeat(64), dataBlocks: 2, hashOffset: 8192 },
  health: ["/usr/sbin/wpa_supplicant", "-v"],
} satisfies Omit<LayerManifest, "arch">;
