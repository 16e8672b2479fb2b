import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { StepppsError } from "../../../runtime/contract/index.ts";
import { ROOT } from "../../architecture/sources.ts";
import { launchChromium } from "../../support/chromium.ts";
import { type SampleActions, sampleActions, sampleLetter, sampleReport } from "../../support/sample-actions.ts";
import { sampleEvent, samplePlugin, sampleView } from "../../support/sample-view.ts";
import { busyView } from "./busy-view.ts";
import { findPoorContrast } from "./contrast.ts";
import { type OpenPage, openPage, until } from "./open-page.ts";

const PICTURES = join(ROOT, ".cache/tests/pixel");
const PACKAGE = { name: "motion-light-1.3.0.steppps", mimeType: "application/octet-stream", buffer: Buffer.alloc(20_000, 7) };

let browser: Browser;
beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  browser = await launchChromium();
}, 300_000);
afterAll(() => browser.close());

/** Runs `body` with a page that acts; the browser has nothing to complain of but the refusals that the body asked for. */
async function withActions(body: (page: OpenPage, actions: SampleActions) => Promise<void>, view = busyView()) {
  const actions = sampleActions();
  const page = await openPage(browser, view, {}, { actions });
  try {
    await body(page, actions);
    // Chromium writes each answer of 400 and above into the console.
    expect(page.complaints.filter((text) => !text.startsWith("Failed to load resource"))).toEqual([]);
    expect(page.requests.filter((url) => !url.startsWith(page.server.url))).toEqual([]);
  } finally {
    await page.close();
  }
}

describe("deploy", () => {
  test("by choosing a file, on a share of the inputs first", () =>
    withActions(async ({ tab }, actions) => {
      await tab.getByLabel("Try it first on").selectOption("10");
      await tab.getByLabel(/^Deploy a signed plugin/).setInputFiles(PACKAGE);
      await tab.getByRole("status").getByText("motion-light 1.3.0").waitFor();
      expect(actions.asked).toEqual([["deploy", 20_000, { canary: 10 }]]);
    }));

  test("by dropping a file", () =>
    withActions(async ({ tab }, actions) => {
      const dropped = await tab.evaluateHandle(`(() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(1234)], "x.steppps"));
        return transfer;
      })()`);
      await tab.dispatchEvent(".deploy", "drop", { dataTransfer: dropped });
      await until(() => expect(actions.asked).toEqual([["deploy", 1_234, {}]]));
    }));

  test("a version that is refused, with code, reason and what to do", () =>
    withActions(async ({ tab }, actions) => {
      const error = {
        code: "E_PLUGIN_VERSION",
        what: "This version is taken",
        detail: "motion-light 1.3.0",
        fix: "Raise the version",
      };
      actions.reports = [sampleReport({ outcome: "refused", ok: false, step: "verify", error })];
      await tab.getByLabel(/^Deploy a signed plugin/).setInputFiles(PACKAGE);
      const alert = tab.getByRole("alert");
      for (const part of Object.values(error)) await alert.getByText(part).waitFor();
    }));

  test("a file that is too large is refused with a code before it is sent on", () =>
    withActions(async ({ tab }, actions) => {
      const buffer = Buffer.alloc(9 * 1024 * 1024);
      await tab.getByLabel(/^Deploy a signed plugin/).setInputFiles({ ...PACKAGE, buffer });
      await tab.getByRole("alert").getByText("E_PAGE_TOO_LARGE").waitFor();
      expect(actions.asked).toEqual([]);
    }));

  test("one that waits: what it asks for is shown, and approved or refused", () =>
    withActions(async ({ tab, view }, actions) => {
      const asks = ["publish to alarms/#", "set timers"];
      actions.reports = [sampleReport({ outcome: "waiting", ok: false, step: "approve", from: "1.2.0", asks })];
      view.emit(sampleEvent({ kind: "deploy.waiting", plugin: "motion-light", text: "1.3.0 waits" }));
      const approval = tab.getByRole("region", { name: "motion-light 1.3.0 waits for approval" });
      await approval.waitFor();
      expect(await approval.getByRole("listitem").allTextContents()).toEqual(asks);
      await tab.screenshot({ path: join(PICTURES, "approval-light-1280.png"), fullPage: true });
      actions.refuseWith = new StepppsError("E_PLUGIN_UNKNOWN", "no such deploy");
      await approval.getByRole("button", { name: "Approve" }).click();
      await approval.getByRole("alert").getByText("E_PLUGIN_UNKNOWN").waitFor();
      actions.reports = [];
      await approval.getByRole("button", { name: "Approve" }).click();
      await until(async () => expect(await approval.count()).toBe(0));
      expect(actions.asked).toEqual([["approve", "5f".repeat(32)]]);
    }));
});

describe("a plugin's own view", () => {
  const open = async ({ tab }: OpenPage, name: string) => {
    await tab.getByRole("link", { name, exact: true }).click();
    await tab.getByRole("heading", { level: 2, name, exact: true }).waitFor();
  };

  test("roll back, after a question, by keyboard alone; Escape does nothing", () =>
    withActions(async (page, actions) => {
      const { tab } = page;
      await open(page, "power-peak-limiter");
      const button = tab.getByRole("button", { name: "Roll back" });
      await button.press("Enter");
      const dialog = tab.getByRole("dialog", { name: "Roll power-peak-limiter back to 0.3.0?" });
      await dialog.waitFor();
      await tab.keyboard.press("Escape");
      await until(async () => expect(await dialog.count()).toBe(0));
      expect(actions.asked).toEqual([]);
      await button.press("Enter");
      await dialog.waitFor();
      await tab.keyboard.press("Tab");
      actions.refuseWith = new StepppsError("E_PLUGIN_NO_PREVIOUS", "power-peak-limiter");
      const confirm = dialog.getByRole("button", { name: "Roll back" });
      await confirm.press("Enter");
      await dialog.getByRole("alert").getByText("E_PLUGIN_NO_PREVIOUS").waitFor();
      await tab.keyboard.press("Enter");
      await until(() => expect(actions.asked).toEqual([["rollback", "power-peak-limiter"]]));
      await until(async () => expect(await dialog.count()).toBe(0));
    }));

  test("remove, after a question", () =>
    withActions(async (page, actions) => {
      await open(page, "sensor-vote");
      await page.tab.getByRole("button", { name: "Remove" }).click();
      await page.tab.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
      await page.tab.getByRole("heading", { name: "Plugins", exact: true }).waitFor();
      expect(actions.asked).toEqual([["remove", "sensor-vote"]]);
    }));

  test("its log, which follows", () =>
    withActions(async (page, actions) => {
      const { tab, view } = page;
      const line = (text: string) => sampleEvent({ plugin: "sensor-vote", text, trace: "4bf92f3577b34da6a3ce929d0e0e4736" });
      actions.logs = [line("first line"), sampleEvent({ plugin: "other", text: "not this one" })];
      await open(page, "sensor-vote");
      const log = tab.getByRole("region", { name: "Log", exact: true });
      await log.getByText("first line").waitFor();
      await log.getByText("trace 4bf92f3577b34da6a3ce929d0e0e4736").waitFor();
      actions.logs = [line("second line"), ...actions.logs];
      view.emit(line("second line"));
      await log.getByText("second line").waitFor();
      expect(await log.getByText("not this one").count()).toBe(0);
    }));

  test("dead letters: shown, replayed, dropped after a question", () =>
    withActions(async (page, actions) => {
      const { tab } = page;
      actions.letters = [sampleLetter(), sampleLetter({ id: "18" })];
      await open(page, "sensor-vote");
      const letter = tab.getByRole("listitem", { name: "Dead letter 17" });
      await letter.getByRole("button", { name: "Show" }).click();
      await letter.getByText('message sensors/door {"open":true}').waitFor();
      await letter.getByRole("button", { name: "Replay" }).click();
      await until(() => expect(actions.asked).toEqual([["replay", "sensor-vote", "17"]]));
      await letter.getByRole("button", { name: "Drop" }).click();
      await tab.getByRole("dialog").getByRole("button", { name: "Drop" }).click();
      await until(async () => expect(await letter.count()).toBe(0));
      expect(actions.asked.at(-1)).toEqual(["drop", "sensor-vote", "17"]);
    }));

  test.each(["light", "dark"] as const)("in the %s scheme it has contrast, and overflows at no width", async (colorScheme) => {
    const actions = sampleActions();
    const differences = ["#41 12:00:01 message sensors/door", "  - publish lights/hall on", "  + publish lights/hall off"];
    actions.letters = [sampleLetter({ plugin: "power-peak-limiter" })];
    actions.logs = [sampleEvent({ plugin: "power-peak-limiter", level: "error", text: "x".repeat(300) })];
    const error = {
      code: "E_GUEST_TRAP",
      what: "It trapped",
      detail: "3 traps in a row",
      fix: "Mend it and deploy a higher version",
    };
    actions.reports = [
      sampleReport({ plugin: "power-peak-limiter", outcome: "rolled-back", ok: false, from: "0.3.0", error, differences }),
      sampleReport({ plugin: "power-peak-limiter", from: "0.2.9" }),
    ];
    const page = await openPage(browser, busyView(), { colorScheme }, { actions });
    await open(page, "power-peak-limiter");
    await page.tab.getByText("3 traps in a row").waitFor();
    await page.tab.getByText("On recent inputs").click();
    for (const width of [360, 390, 768, 1_280, 1_600]) {
      await page.tab.setViewportSize({ width, height: 900 });
      expect([width, await page.tab.evaluate("document.documentElement.scrollWidth - innerWidth")]).toEqual([width, 0]);
      if (width === 390 || width === 1_280)
        await page.tab.screenshot({ path: join(PICTURES, `plugin-${colorScheme}-${width}.png`), fullPage: true });
    }
    expect(await findPoorContrast(page.tab)).toEqual([]);
    await page.tab.getByRole("button", { name: "Remove" }).click();
    expect(await findPoorContrast(page.tab)).toEqual([]);
    await page.close();
  });

  test("what strangers wrote is text and nothing else, in names, addresses, letters, logs and reports", () => {
    const evil = '"><img src=x onerror="document.title=1"><script>document.title=1</script>';
    return withActions(async ({ tab, view }, actions) => {
      view.set({ plugins: [samplePlugin(evil, { lastError: evil, version: evil, previousVersion: evil, deadLetters: 1 })] });
      actions.letters = [sampleLetter({ plugin: evil, detail: evil })];
      actions.logs = [sampleEvent({ plugin: evil, text: evil, code: evil })];
      const asks = [evil];
      actions.reports = [
        sampleReport({ plugin: evil, version: evil, outcome: "waiting", asks }),
        sampleReport({
          plugin: evil,
          version: evil,
          outcome: "refused",
          differences: [evil],
          error: { code: evil, what: evil, detail: evil, fix: evil },
        }),
      ];
      await tab.getByRole("link", { name: evil }).click();
      await tab.getByRole("button", { name: "Show" }).click();
      await until(async () => expect(await tab.getByText(evil).count()).toBeGreaterThanOrEqual(8));
      await tab.getByRole("button", { name: "Roll back" }).click();
      await tab.getByRole("dialog").waitFor();
      expect(await tab.locator("img:not([src='/icon.svg'])").count()).toBe(0);
      expect(await tab.title()).toContain("workshop");
    }, sampleView());
  });
});
