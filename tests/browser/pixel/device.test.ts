import { mkdir, writeFile } from "node:fs/promises";
import { connectAsync } from "mqtt";
import type { Browser, Page as Tab } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dataPaths } from "../../../runtime/boot/data-paths.ts";
import { type Supervisor, startSupervisor } from "../../../runtime/boot/index.ts";
import { systemClock } from "../../../runtime/platform/index.ts";
import { formatPublicKey, generateKeys, signPackage } from "../../../runtime/trust/index.ts";
import { buildSources } from "../../integration/script/guests.ts";
import { launchChromium } from "../../support/chromium.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { until } from "./open-page.ts";

const source = (version: string, more = "", body = "") => `
import { log, Message, on, publish, publishes, QOS1, state, workflow } from "steppps";
@workflow({ version: "${version}" })
@publishes("light/+")
${more}
class Lamp {
  @state count: i64 = 0;
  @on("switch/+")
  turn(message: Message): void {
    this.count++;
    log.info("<b>" + message.text() + "</b> by ${version}");
    publish("light/" + message.level(1), this.count.toString(), QOS1);
    ${body}
  }
}`;

const folder = tempFolder("steppps-device");
const keys = generateKeys();
let browser: Browser;
let supervisor: Supervisor;
let packages: Buffer[];

beforeAll(async () => {
  const { owners, document } = dataPaths(folder.path);
  await mkdir(owners, { recursive: true });
  await writeFile(`${owners}/owner.pub`, formatPublicKey(keys.public));
  await writeFile(document, "deploys: { gateSeconds: 3600 }\n");
  const built = await buildSources(source("1.0.0"), source("1.1.0", '@publishes("alarm/#")', 'publish("alarm/fire", "!");'));
  packages = built.map(({ manifest, wasm }) => Buffer.from(signPackage({ type: "plugin", manifest, wasm }, keys)));
  supervisor = await startSupervisor({
    dataPath: folder.path,
    version: "0.1.0",
    clock: systemClock(),
    engine: "v8",
    faultSpec: undefined,
    mqttPort: 0,
    webPort: 0,
    readings: false,
    broken() {},
  });
  await supervisor.settled;
  browser = await launchChromium();
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await supervisor?.close();
  folder[Symbol.dispose]();
});

async function upload(tab: Tab, bytes: Buffer, name: string): Promise<void> {
  const file = { name, mimeType: "application/octet-stream", buffer: bytes };
  await tab.getByLabel(/^Deploy a signed plugin/).setInputFiles(file);
}

test("on a real device: deploy, wait, approve, read the log, roll back, remove", async () => {
  const tab = await browser.newPage();
  const complaints: string[] = [];
  tab.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await tab.goto(supervisor.webUrl ?? "");
  await upload(tab, packages[0] as Buffer, "lamp-1.0.0.steppps");
  await tab.getByRole("region", { name: "Deploy a plugin" }).getByText("lamp 1.0.0").waitFor();
  await tab.getByRole("link", { name: "lamp" }).waitFor();

  const client = await connectAsync(supervisor.mqttUrl);
  await client.publishAsync("switch/hall", "first", { qos: 1 });

  // The next one may do more than this one: it waits for a person.
  await upload(tab, packages[1] as Buffer, "lamp-1.1.0.steppps");
  const approval = tab.getByRole("region", { name: "lamp 1.1.0 waits for approval" });
  await approval.getByText("publish to alarm/#").waitFor();
  expect(supervisor.view.status().plugins).toMatchObject([{ name: "lamp", version: "1.0.0" }]);
  await approval.getByRole("button", { name: "Approve" }).click();
  await until(() => expect(supervisor.view.status().plugins).toMatchObject([{ version: "1.1.0", previousVersion: "1.0.0" }]));
  await until(async () => expect(await approval.count()).toBe(0));
  await client.publishAsync("switch/hall", "second", { qos: 1 });

  await tab.getByRole("link", { name: "lamp" }).click();
  await tab.getByText(/^watched for/).waitFor();
  const log = tab.getByRole("region", { name: "Log", exact: true });
  for (const line of ["<b>first</b> by 1.0.0", "<b>second</b> by 1.1.0"]) await log.getByText(line).waitFor();
  expect(await tab.locator("b").count()).toBe(0);

  await tab.getByRole("button", { name: "Roll back" }).click();
  await tab.getByRole("dialog").getByRole("button", { name: "Roll back" }).click();
  await until(() => expect(supervisor.view.status().plugins).toMatchObject([{ version: "1.0.0" }]));
  await tab.getByRole("region", { name: "Deploys" }).getByText("rolled back").first().waitFor();
  // The input that the version taken back had handled was handled again by the one before.
  await log.getByText("<b>second</b> by 1.0.0").waitFor();

  const metrics = await (await fetch(new URL("/metrics", supervisor.webUrl))).text();
  expect(metrics).toContain('steppps_plugin_info{plugin="lamp",version="1.0.0"');
  expect(metrics).toMatch(/steppps_plugin_handler_seconds_count\{plugin="lamp"\} \d/);

  await tab.getByRole("button", { name: "Remove" }).click();
  await tab.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await until(() => expect(supervisor.view.status().plugins).toEqual([]));
  await tab.getByText("No plugins yet", { exact: true }).waitFor();
  await client.endAsync();
  expect(complaints).toEqual([]);
  await tab.close();
});

test("what nobody signed is refused with its reason", async () => {
  const tab = await browser.newPage();
  await tab.goto(supervisor.webUrl ?? "");
  await upload(tab, Buffer.from("not a package"), "x.steppps");
  await tab
    .getByRole("alert")
    .getByText(/E_ENVELOPE/)
    .waitFor();
  const [bytes] = packages as [Buffer];
  const changed = Buffer.from(bytes);
  changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1;
  await upload(tab, changed, "y.steppps");
  await tab.getByRole("alert").getByText(/E_/).waitFor();
  expect(supervisor.view.status().plugins).toEqual([]);
  await tab.close();
});
