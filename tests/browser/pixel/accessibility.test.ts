import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../../architecture/sources.ts";
import { launchChromium } from "../../support/chromium.ts";
import { sampleMessage, sampleView } from "../../support/sample-view.ts";
import { busyView } from "./busy-view.ts";
import { findPoorContrast } from "./contrast.ts";
import { type OpenPage, openPage, until } from "./open-page.ts";

/** For people to look at after a run. */
const PICTURES = join(ROOT, ".cache/tests/pixel");

let browser: Browser;
beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  browser = await launchChromium();
}, 300_000);
afterAll(() => browser.close());

async function passSome({ view, tab }: OpenPage) {
  view.pass(sampleMessage({ topic: "zigbee2mqtt/hall_motion", preview: '{"occupancy":true,"illuminance":14,"battery":97}' }));
  view.pass(
    sampleMessage({
      direction: "out",
      topic: "zigbee2mqtt/kitchen_light/set",
      plugin: "motion-light",
      preview: '{"state":"ON"}',
    }),
  );
  view.pass(sampleMessage({ topic: `long/${"level/".repeat(12)}end`, preview: "", bytes: 70_000 }));
  await until(async () => expect(await tab.locator(".messages tbody tr").count()).toBe(3));
}

test.each(["light", "dark"] as const)(
  "in the %s scheme every text has contrast, at every width nothing overflows",
  async (colorScheme) => {
    for (const [name, view] of [
      ["busy", busyView()],
      ["empty", sampleView()],
    ] as const) {
      const page = await openPage(browser, view, { colorScheme });
      if (name === "busy") await passSome(page);
      for (const width of [360, 390, 640, 768, 1_000, 1_280, 1_600]) {
        await page.tab.setViewportSize({ width, height: 900 });
        const overflow = await page.tab.evaluate("document.documentElement.scrollWidth - innerWidth");
        expect([name, width, overflow]).toEqual([name, width, 0]);
        if (width === 390 || width === 1_280) {
          await page.tab.screenshot({ path: join(PICTURES, `${name}-${colorScheme}-${width}.png`), fullPage: true });
        }
      }
      expect(await findPoorContrast(page.tab)).toEqual([]);
      await page.server.close();
      await page.tab.getByText("Connection lost.").waitFor();
      expect(await findPoorContrast(page.tab)).toEqual([]);
      await page.close();
    }
  },
);

test("by keyboard: filter, pause and both lists are reached in order, and one sees where one is", async () => {
  const view = busyView();
  view.set({ plugins: view.status().plugins.slice(0, 1) });
  const page = await openPage(browser, view);
  await passSome(page);
  const reached: string[] = [];
  for (let i = 0; i < 5; i++) {
    await page.tab.keyboard.press("Tab");
    const [name, outline] = (await page.tab.evaluate(
      `[document.activeElement.ariaLabel ?? document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent,
        getComputedStyle(document.activeElement).outlineStyle]`,
    )) as [string, string];
    reached.push(`${name.trim()} ${outline}`);
  }
  expect(reached).toEqual([
    "motion-light solid",
    "Event list solid",
    "Filter by topic solid",
    "Pause solid",
    "Message list solid",
  ]);
  await page.close();
});

test("landmarks, headings and the tables' headers are there for screen readers, on a phone too", async () => {
  for (const width of [1_280, 390]) {
    const page = await openPage(browser, busyView(), { viewport: { width, height: 844 } });
    await passSome(page);
    const { tab } = page;
    expect(await tab.locator("html").getAttribute("lang")).toBe("en");
    for (const role of ["banner", "main"] as const) expect(await tab.getByRole(role).count()).toBe(1);
    for (const name of ["2 of 6 plugins need attention", "Plugins", "Events", "Messages"]) {
      expect(await tab.getByRole("region", { name, exact: true }).count()).toBe(1);
      expect(await tab.getByRole("heading", { level: 2, name, exact: true }).count()).toBe(1);
    }
    for (const [name, headers] of [
      ["Plugins", 11],
      ["Messages", 5],
    ] as const) {
      const table = tab.getByRole("region", { name, exact: true }).getByRole("table");
      expect(await table.getByRole("columnheader").count()).toBe(headers);
    }
    await page.close();
  }
});

test("the policy holds in the browser: nothing inline runs, nothing goes elsewhere", async () => {
  const { tab, close } = await openPage(browser);
  const refused = await tab.evaluate(`new Promise((resolve) => {
    const seen = [];
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
      seen.push(effectiveDirective);
      if (seen.length === 3) resolve(seen.sort());
    });
    const script = document.createElement("script");
    script.textContent = "globalThis.ran = true";
    document.head.append(script);
    const style = document.createElement("style");
    style.textContent = "body { display: none }";
    document.head.append(style);
    fetch("http://localhost:9/").catch(() => {});
  })`);
  expect(refused).toEqual(["connect-src", "script-src-elem", "style-src-elem"]);
  expect(await tab.evaluate("globalThis.ran")).toBeUndefined();
  await close();
});
