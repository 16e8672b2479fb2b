import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPage } from "../../../runtime/pixel/index.ts";
import { launchChromium } from "../../support/chromium.ts";
import { sampleEvent, sampleMessage, samplePlugin, sampleStatus, sampleView } from "../../support/sample-view.ts";
import { busyView } from "./busy-view.ts";
import { type OpenPage, openPage, until } from "./open-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
}, 300_000);
afterAll(() => browser.close());

/** Runs `body` with an open page; whatever it does, the browser has nothing to complain of and asks nobody else. */
async function withPage(body: (page: OpenPage) => Promise<void>, view = busyView()) {
  const page = await openPage(browser, view);
  try {
    await body(page);
    expect(page.complaints).toEqual([]);
    expect(page.requests.filter((url) => !url.startsWith(page.server.url))).toEqual([]);
  } finally {
    await page.close();
  }
}

const counts = (messagesIn: number) => ({ ...sampleStatus().counts, messagesIn });

describe("what is shown", () => {
  test("the device, its health and every plugin", () =>
    withPage(async ({ tab }) => {
      expect(await tab.title()).toBe("(!) workshop · STEPPPS Edge");
      expect(await tab.getByRole("heading", { level: 1 }).textContent()).toBe("workshop");
      expect(await tab.getByRole("heading", { level: 2 }).first().textContent()).toBe("2 of 6 plugins need attention");
      const table = tab.getByRole("region", { name: "Plugins" }).getByRole("table");
      expect(await table.getByRole("columnheader").allTextContents()).toEqual([
        ...["Plugin", "Version", "Health", "Per second", "Handled", "Call p99"],
        ...["Lag p99", "Failures", "Dead letters", "Waiting", "Memory"],
      ]);
      expect(await table.locator(".plugin-name").allTextContents()).toEqual([
        ...["sensor-vote", "power-peak-limiter", "presence-simulation"],
        ...["motion-light", "cold-chain-alarm", "telemetry-windows"],
      ]);
      const row = table.getByRole("row", { name: /^power-peak-limiter/ });
      expect(await row.getByRole("cell").allTextContents()).toEqual([
        "0.3.1",
        "backing off",
        "0",
        "9,120",
        "2.5 ms",
        "14 ms",
        "7",
        "0",
        "42",
        "1.3 MiB",
      ]);
      expect(await row.getByRole("rowheader").textContent()).toContain("E_GUEST_TRAP");
    }));

  test("what to do where there is nothing yet", () =>
    withPage(async ({ tab }) => {
      await tab.getByText("npx steppps plugin new my-rule").waitFor();
      await tab.getByText("Nothing to report.").waitFor();
      await tab.getByText("mosquitto_pub -h 127.0.0.1 -p 1883 -t test/hello -m hi").waitFor();
    }, sampleView()));

  test("what plugins and clients send, as text and nothing else", () =>
    withPage(async ({ tab, view }) => {
      const evil = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
      view.set({ plugins: [samplePlugin(evil, { health: "paused", lastError: evil })] });
      view.emit(sampleEvent({ level: "error", text: evil, plugin: evil }));
      view.pass(sampleMessage({ topic: evil, preview: evil, plugin: evil, direction: "out" }));
      await until(async () => expect(await tab.getByText(evil).count()).toBeGreaterThanOrEqual(7));
      expect(await tab.locator("img:not([src='/icon.svg'])").count()).toBe(0);
      expect(await tab.title()).toContain("workshop");
    }));
});

describe("live", () => {
  test("rates, charts, events and messages follow", () =>
    withPage(async ({ tab, view }) => {
      view.set({ counts: counts(1_000) });
      await tab.getByText("1,000 in all").waitFor();
      view.set({ counts: counts(1_050), plugins: [samplePlugin("rule", { handled: 7 })] });
      await tab.getByText("1,050 in all").waitFor();
      await tab.getByText("The plugin is healthy").waitFor();
      await until(async () => expect(await tab.locator(".sparkline-line").count()).toBe(2));
      view.pass(sampleMessage({ topic: "sensors/door", preview: "open" }));
      await tab.getByRole("row", { name: "sensors/door open" }).waitFor();
    }));

  test("alerts are announced to screen readers, other events are not", () =>
    withPage(async ({ tab, view }) => {
      view.emit(sampleEvent({ level: "error", plugin: "sensor-vote", text: "paused after 25 failures" }));
      view.emit(sampleEvent({ level: "info", text: "all quiet" }));
      await tab.getByText("all quiet").waitFor();
      const region = tab.getByRole("status");
      expect([await region.textContent(), await region.getAttribute("aria-live")]).toEqual([
        "sensor-vote: paused after 25 failures",
        "polite",
      ]);
    }));

  test("a lost connection is said, and mended when the device is back", async () => {
    const view = busyView();
    const page = await openPage(browser, view);
    const port = Number(new URL(page.server.url).port);
    await page.server.close();
    await page.tab.getByText("Connection lost.", { exact: true }).waitFor();
    await page.tab.getByText("Offline").waitFor();
    expect(await page.tab.getByText("sensor-vote").count()).toBeGreaterThan(0);
    const again = await startPage({ view, port, version: "0.1.0" });
    await page.tab.getByText("Live", { exact: true }).waitFor();
    expect(await page.tab.getByText("Connection lost.").count()).toBe(0);
    await page.close();
    await again.close();
  });

  test("a page that nobody sees costs nothing", () =>
    withPage(async ({ tab, view }) => {
      expect(view.listeners).toBe(1);
      const hide = (hidden: boolean) =>
        tab.evaluate(`Object.defineProperty(document, "hidden", { value: ${hidden}, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"))`);
      await hide(true);
      await until(() => expect(view.listeners).toBe(0));
      expect(await tab.getByText("Connection lost.").count()).toBe(0);
      await hide(false);
      await until(() => expect(view.listeners).toBe(1));
    }));

  test("the page of an old version makes way for the new one", () =>
    withPage(async ({ tab, view }) => {
      const loaded = tab.waitForEvent("load");
      view.set({ version: "0.2.0" });
      await loaded;
      await tab.getByText("STEPPPS Edge 0.2.0").waitFor();
    }));
});

describe("messages", () => {
  const topics = ["sensors/hall/motion", "sensors/hall/door", "lights/hall"];
  const shown = (page: OpenPage) => page.tab.locator(".messages tbody .topic").allTextContents();

  test("are newest first, and narrowed by topic filter or part of a topic", () =>
    withPage(async (page) => {
      for (const topic of topics) page.view.pass(sampleMessage({ topic }));
      await until(async () => expect(await shown(page)).toEqual(topics.toReversed()));
      const filter = page.tab.getByRole("searchbox", { name: "Filter by topic" });
      await filter.fill("sensors/+/door");
      expect(await shown(page)).toEqual(["sensors/hall/door"]);
      await filter.fill("HALL");
      expect(await shown(page)).toHaveLength(3);
      await filter.fill("garden");
      await page.tab.getByText("None of the last 3 messages").waitFor();
    }));

  test("are held while paused", () =>
    withPage(async (page) => {
      page.view.pass(sampleMessage({ topic: "first" }));
      await until(async () => expect(await shown(page)).toEqual(["first"]));
      const pause = page.tab.getByRole("button", { name: /^Pause/ });
      await pause.click();
      page.view.pass(sampleMessage({ topic: "second" }));
      await page.tab.getByText("1 newer").waitFor();
      expect([await shown(page), await pause.getAttribute("aria-pressed")]).toEqual([["first"], "true"]);
      await pause.click();
      expect(await shown(page)).toEqual(["second", "first"]);
    }));
});
