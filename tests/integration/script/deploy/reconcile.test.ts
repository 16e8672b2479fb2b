import { beforeAll, expect, test } from "vitest";
import type { PluginSettings } from "../../../../runtime/contract/index.ts";
import { type Built, buildSources } from "../guests.ts";
import { Device, fragileEngine, variant } from "../support.ts";

let greeter: Built;
beforeAll(async () => {
  [greeter] = (await buildSources(`
import { config, Message, on, publish, publishes, QOS1, state, workflow } from "steppps";

@workflow({ version: "1.0.0" })
@publishes("out/{place}")
class Greeter {
  @config place: string = "hall";
  @config word: string = "hello";
  @state count: i32 = 0;

  @on("in/greet")
  greet(message: Message): void {
    if (this.word == "trap") unreachable();
    this.count++;
    publish("out/" + this.place, this.word + " " + this.count.toString(), QOS1);
  }
}
`)) as [Built];
});

/** A device whose document is `plugins`, with the packages of its data directory. */
async function start(plugins: Record<string, PluginSettings>) {
  const device = await Device.start({ gate: 10_000, settings: (name) => plugins[name] });
  const files = new Map<string, Uint8Array>();
  const reconcile = async () => {
    await device.deploys.reconcile(plugins, async (file) => {
      const bytes = files.get(file);
      if (!bytes) throw new Error("no such file");
      return bytes;
    });
    await device.idle();
  };
  const greet = async () => {
    await device.send("in/greet");
    await device.idle();
    return [...device.said("out/hall"), ...device.said("out/attic")];
  };
  return { device, files, reconcile, greet };
}

const refusals = (device: Device) => device.events.filter(({ kind }) => kind === "plugin.refused").map(({ code }) => code);

test("other settings come into force as a deploy does, with a gate, and only once", async () => {
  const plugins: Record<string, PluginSettings> = {};
  const { device, reconcile, greet } = await start(plugins);
  await device.deploy(greeter);
  expect(await greet()).toEqual(["hello 1"]);
  plugins.greeter = { config: { place: "attic" } };
  await reconcile();
  expect(device.reports.at(-1)).toMatchObject({ version: "1.0.0", outcome: "probation" });
  expect(await greet()).toEqual(["hello 2"]);
  await device.advance(15_000);
  expect(device.reports.at(-1)).toMatchObject({ version: "1.0.0", outcome: "done" });
  await reconcile();
  expect(device.reports).toHaveLength(3);
  await device.restart();
  expect(await greet()).toEqual(["hello 3"]);
});

test("settings with which it fails are taken back, and not tried again", async () => {
  const plugins: Record<string, PluginSettings> = {};
  const { device, reconcile, greet } = await start(plugins);
  await device.deploy(greeter);
  plugins.greeter = { config: { word: "trap" } };
  await reconcile();
  for (let i = 0; i < 3; i++) await device.send("in/greet");
  await device.advance(5_000);
  expect(device.reports.at(-1)).toMatchObject({ outcome: "rolled-back", error: { code: "E_GATE_FAILURES" } });
  expect(device.said("out/hall")).toEqual(["hello 1", "hello 2", "hello 3"]);
  await reconcile();
  expect(refusals(device)).toEqual(["E_DEPLOY_REJECTED"]);
  await device.restart();
  expect(await greet()).toEqual(["hello 4"]);
});

test("settings that do not fit it are refused, and it goes on with the old ones, also after a restart", async () => {
  const plugins: Record<string, PluginSettings> = {};
  const { device, reconcile, greet } = await start(plugins);
  await device.deploy(greeter);
  plugins.greeter = { config: { nonsense: 1 } };
  await reconcile();
  expect(device.reports.at(-1)).toMatchObject({ outcome: "refused", error: { code: "E_PLUGIN_CONFIG" } });
  await device.restart();
  expect(await greet()).toEqual(["hello 1"]);
});

test("one that is switched off handles nothing, keeps what it knows, and comes back", async () => {
  const plugins: Record<string, PluginSettings> = {};
  const { device, reconcile, greet } = await start(plugins);
  await device.deploy(greeter);
  expect(await greet()).toEqual(["hello 1"]);
  plugins.greeter = { enabled: false };
  await reconcile();
  expect(await greet()).toEqual([]);
  await device.restart();
  expect(await greet()).toEqual([]);
  plugins.greeter = {};
  await reconcile();
  expect(await greet()).toEqual(["hello 2"]);
});

test("nobody who sends a version overrules a document that switches the plugin off, or names its version", async () => {
  const plugins: Record<string, PluginSettings> = {};
  const { device, reconcile, greet } = await start(plugins);
  const next = variant(greeter, { version: "1.1.0" });
  await device.deploy(greeter);
  plugins.greeter = { enabled: false };
  await reconcile();
  for (const sent of [greeter, next]) await device.take(sent);
  plugins.greeter = { version: "1.0.0" };
  await reconcile();
  await device.take(next);
  expect(refusals(device)).toEqual(["E_DEPLOY_FIXED", "E_DEPLOY_FIXED", "E_DEPLOY_FIXED"]);
  expect(await greet()).toEqual(["hello 1"]);
});

test("one that takes the place of a version that could not be started asks for no less than over that version", async () => {
  const plugins: Record<string, PluginSettings> = {};
  const engine = fragileEngine();
  const device = await Device.start({ gate: 10_000, settings: (name) => plugins[name], engine });
  await device.deploy(greeter);
  engine.broken = true;
  await device.restart();
  engine.broken = false;
  expect(device.host.find("greeter")).toBeUndefined();
  const publish = [...greeter.manifest.capabilities.publish, "doors/#"];
  const grown = variant(greeter, { version: "1.1.0", capabilities: { ...greeter.manifest.capabilities, publish } });
  expect(await device.take(grown)).toMatchObject({ outcome: "waiting" });
  expect(await device.take(variant(greeter, { version: "1.2.0" }))).toMatchObject({ outcome: "done" });
});

test("a gate waits while its plugin is switched off, also over a restart", async () => {
  const plugins: Record<string, PluginSettings> = {};
  const { device, reconcile, greet } = await start(plugins);
  await device.deploy(greeter);
  await device.deploy(variant(greeter, { version: "1.1.0" }));
  plugins.greeter = { enabled: false };
  await reconcile();
  await device.restart();
  await device.advance(60_000);
  expect(device.reports.at(-1)).toMatchObject({ outcome: "probation" });
  plugins.greeter = {};
  await reconcile();
  expect(await greet()).toEqual(["hello 1"]);
  await device.advance(15_000);
  expect(device.reports.at(-1)).toMatchObject({ version: "1.1.0", outcome: "done" });
  expect(device.host.workflow("greeter").probation).toBeUndefined();
});

test("a package of the data directory is deployed when it is newer", async () => {
  const plugins: Record<string, PluginSettings> = { greeter: { package: "packages/greeter.steppps" } };
  const { device, files, reconcile, greet } = await start(plugins);
  await reconcile();
  expect(refusals(device)).toEqual(["E_DEPLOY_DOCUMENT"]);
  files.set("packages/greeter.steppps", device.seal(greeter));
  await reconcile();
  expect(await greet()).toEqual(["hello 1"]);
  await reconcile();
  expect(device.reports).toHaveLength(1);
  files.set("packages/greeter.steppps", device.seal(variant(greeter, { version: "1.1.0" })));
  await reconcile();
  expect(device.reports.at(-1)).toMatchObject({ version: "1.1.0", outcome: "probation" });
  files.set("packages/greeter.steppps", device.seal(variant(greeter, { name: "other", version: "1.2.0" })));
  await reconcile();
  expect(refusals(device).at(-1)).toBe("E_DEPLOY_DOCUMENT");
});

test("a package that is no newer than what is at work is passed over, also after a rollback to it", async () => {
  const plugins: Record<string, PluginSettings> = { greeter: { package: "greeter.steppps" } };
  const { device, files, reconcile } = await start(plugins);
  files.set("greeter.steppps", device.seal(greeter));
  await reconcile();
  await device.deploy(variant(greeter, { version: "1.1.0" }));
  await device.advance(15_000);
  await reconcile();
  expect(device.host.status()[0]).toMatchObject({ version: "1.1.0" });
  await device.deploys.rollback("greeter");
  await reconcile();
  expect(device.host.status()[0]).toMatchObject({ version: "1.0.0" });
  files.set("greeter.steppps", device.seal(variant(greeter, { version: "0.9.0" })));
  await reconcile();
  expect(refusals(device)).toEqual([]);
  files.set("greeter.steppps", device.seal(variant(greeter, { version: "1.0.5" })));
  await reconcile();
  expect(refusals(device)).toEqual(["E_TRUST_DOWNGRADE"]);
});

test("a version that was here is put back when the document names it; one that was not is said to be unknown", async () => {
  const plugins: Record<string, PluginSettings> = {};
  const { device, reconcile, greet } = await start(plugins);
  await device.deploy(greeter);
  await device.deploy(variant(greeter, { version: "1.1.0" }));
  await greet();
  await device.advance(15_000);
  plugins.greeter = { version: "1.0.0" };
  await reconcile();
  expect(device.host.status()[0]).toMatchObject({ version: "1.0.0" });
  expect(await greet()).toEqual(["hello 2"]);
  plugins.greeter = { version: "7.0.0" };
  await reconcile();
  expect(refusals(device)).toEqual(["E_DEPLOY_DOCUMENT"]);
  expect(device.host.status()[0]).toMatchObject({ version: "1.0.0" });
});
