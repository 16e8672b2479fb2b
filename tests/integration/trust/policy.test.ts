import { expect, test } from "vitest";
import { formatPublicKey, generateKeys } from "../../../runtime/trust/index.ts";
import { Signing } from "../../support/signers.ts";
import { plugin, START, TrustDevice } from "./support.ts";

const [alice, bob, carol, eve] = [generateKeys(), generateKeys(), generateKeys(), generateKeys()];

const DAYS = { plugins: ["lights-*"], publish: ["home/+/light/#"], subscribe: ["home/#"] };

async function prepared(rules = [{ keys: [eve.public.id], ...DAYS }]) {
  const device = await TrustDevice.start([alice]);
  const signing = new Signing(START);
  const root = signing.root({ root: [alice], policy: [bob] });
  await device.update(root, signing.policy(rules, [formatPublicKey(eve.public)], [bob]));
  return { device, signing };
}

test("lets a key of its own deploy what its rule says, and nobody else anything", async () => {
  const { device } = await prepared();
  const authorised = await device.authority.plugin(plugin(eve, "lights-hall", "1.0.0").envelope);
  authorised.permits({ publish: ["home/hall/light/set"], subscribe: ["home/+/motion"] });
  expect(() => authorised.permits({ publish: ["home/+/door"], subscribe: [] })).toThrow(
    "E_TRUST_CAPABILITY: A plugin asks for more than the policy lets its signer give: lights-hall: publish to home/+/door",
  );
  expect(() => authorised.permits({ publish: [], subscribe: ["#"] })).toThrow("receive #");
  await expect(device.deploy(plugin(eve, "doors", "1.0.0").envelope)).rejects.toThrow("E_TRUST_POLICY");
  await expect(device.deploy(plugin(alice, "lights-hall", "1.0.0").envelope)).rejects.toThrow("E_TRUST_POLICY");
  await expect(device.deploy(plugin(carol, "lights-hall", "1.0.0").envelope)).rejects.toThrow("E_ENVELOPE_SIGNER");
});

test("bounds limits, and growth only where it says so", async () => {
  const rule = { keys: [eve.public.id], ...DAYS, limits: { memoryBytes: 16_777_216 }, growth: "allow" as const };
  const { device } = await prepared([rule]);
  const limits = { memoryBytes: 33_554_432, deadlineMs: 100, effectBytes: 4096 };
  await expect(device.deploy(plugin(eve, "lights-a", "1.0.0", { limits }).envelope)).rejects.toThrow("E_TRUST_CAPABILITY");
  const authorised = await device.authority.plugin(plugin(eve, "lights-a", "1.0.0").envelope);
  expect(authorised.mayGrow([{ kind: "publish", filter: "home/x/light/y" }, { kind: "timers" }])).toBe(true);
  expect(authorised.mayGrow([{ kind: "publish", filter: "door" }])).toBe(false);
  expect(authorised.mayGrow([{ kind: "limit", limit: "memoryBytes", from: 1, to: 99_000_000 }])).toBe(false);
});

test("says for which devices a key counts", async () => {
  const { device } = await prepared([{ keys: [eve.public.id], plugins: ["*"], groups: ["kitchen-*"] } as never]);
  const { envelope } = plugin(eve, "lights", "1.0.0");
  await expect(device.deploy(envelope)).rejects.toThrow("E_TRUST_POLICY");
  device.group = "kitchen-2";
  await device.deploy(envelope);
});

test("an older one is refused, and one that a person changed", async () => {
  const { device, signing } = await prepared();
  const old = signing.policy([], [], [bob]);
  await device.update(signing.policy([], [], [bob]));
  await expect(device.update(old)).rejects.toThrow("E_TRUST_ROLLBACK");
  await expect(device.update(signing.policy([], [], [alice]))).rejects.toThrow("E_TRUST_THRESHOLD");
});

test("one from before a key was revoked does not come back with it, also after a restart; a new one counts, whatever its version", async () => {
  const device = await TrustDevice.start([alice]);
  const signing = new Signing(START);
  const wide = [{ keys: [eve.public.id], plugins: ["*"] }];
  const keys = [formatPublicKey(eve.public)];
  const first = signing.root({ root: [alice], policy: [bob, carol] });
  const old = signing.policy(wide, keys, [bob]);
  await device.update(first, old);
  // Carol's key is stolen, and takes the highest version there is.
  signing.versions.policy = 2_147_483_646;
  await device.update(signing.policy(wide, keys, [carol]));
  signing.time += 1000;
  await device.update(signing.root({ root: [alice], policy: [bob] }));
  for (const _ of ["at once", "after a restart"]) {
    await expect(device.update(old)).rejects.toThrow("E_TRUST_ROLLBACK");
    await device.restart();
  }
  signing.versions.policy = 1;
  const narrow = signing.policy([{ keys: [eve.public.id], ...DAYS }], keys, [bob]);
  await device.update(narrow);
  await expect(device.update(old)).rejects.toThrow("E_TRUST_ROLLBACK");
  await device.deploy(plugin(eve, "lights-hall", "1.0.0").envelope);
  await expect(device.deploy(plugin(eve, "doors", "1.0.0").envelope)).rejects.toThrow("E_TRUST_POLICY");
});
