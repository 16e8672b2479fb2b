import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { linuxFiles } from "../../../runtime/platform/index.ts";
import { openIdentity } from "../../../runtime/trust/identity/index.ts";
import { hashPassword } from "../../../runtime/trust/index.ts";
import { ROOT } from "../../architecture/sources.ts";
import { launchChromium } from "../../support/chromium.ts";
import { sampleActions } from "../../support/sample-actions.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { busyView } from "./busy-view.ts";
import { findPoorContrast } from "./contrast.ts";
import { openPage } from "./open-page.ts";

const PASSWORD = "correct horse battery";
let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
}, 300_000);
afterAll(() => browser.close());

async function openLocked() {
  using folder = tempFolder("steppps-login");
  const lan = {
    port: 0,
    device: "workshop",
    ...(await openIdentity({ files: linuxFiles(), dir: folder.path }, "workshop")),
    passwordHash: await hashPassword(PASSWORD),
    refused: () => {},
  };
  return openPage(browser, busyView(), { ignoreHTTPSErrors: true }, { lan, actions: sampleActions() });
}

test("a wrong password is refused with its reason, the right one opens the page, logging out closes it", async () => {
  const { tab, complaints, close } = await openLocked();
  expect(await tab.getByText("power-peak-limiter").count()).toBe(0);
  await tab.screenshot({ path: join(ROOT, ".cache/tests/pixel/login-light-1280.png") });
  expect(await findPoorContrast(tab)).toEqual([]);
  const password = tab.getByLabel("Password");
  await password.fill("wrong password");
  await tab.keyboard.press("Enter");
  await tab.getByRole("alert").getByText("E_PAGE_PASSWORD").waitFor();
  await password.fill(PASSWORD);
  await tab.keyboard.press("Enter");
  await tab.getByText("Live", { exact: true }).waitFor();
  await tab.getByRole("link", { name: "power-peak-limiter" }).waitFor();
  expect(await tab.evaluate("document.cookie")).toBe("");
  // A reload keeps the session.
  await tab.reload();
  await tab.getByText("Live", { exact: true }).waitFor();
  await tab.getByRole("button", { name: "Log out" }).click();
  await tab.getByText("Locked", { exact: true }).waitFor();
  expect(await tab.getByText("power-peak-limiter").count()).toBe(0);
  expect(complaints.filter((text) => !text.startsWith("Failed to load resource"))).toEqual([]);
  await close();
});

test("the policy holds behind the login too: nothing that the page did was refused by it", async () => {
  const { tab, complaints, close } = await openLocked();
  await tab.getByLabel("Password").fill(PASSWORD);
  await tab.getByRole("button", { name: "Log in" }).click();
  await tab.getByRole("link", { name: "sensor-vote" }).click();
  await tab.getByRole("button", { name: "Remove" }).click();
  await tab.getByRole("dialog").waitFor();
  expect(complaints).toEqual([]);
  await close();
});
