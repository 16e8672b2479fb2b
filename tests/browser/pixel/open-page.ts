import type { Browser, BrowserContextOptions, Page as Tab } from "playwright-core";
import { vi } from "vitest";
import { type Page, type PageOptions, startPage } from "../../../runtime/pixel/index.ts";
import { type SampleView, sampleView } from "../../support/sample-view.ts";

export interface OpenPage {
  readonly tab: Tab;
  readonly server: Page;
  readonly view: SampleView;
  /** What the browser complained of: errors and warnings of the console, exceptions, and what the policy refused. */
  readonly complaints: string[];
  /** Addresses that the browser asked for. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** The real page, served by the real server from `view`, in a tab of its own, once it is live. */
export async function openPage(
  browser: Browser,
  view: SampleView = sampleView(),
  options: BrowserContextOptions = {},
  more: Partial<PageOptions> = {},
): Promise<OpenPage> {
  const server = await startPage({ view, port: 0, version: "0.1.0", ...more });
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(60_000);
  const tab = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  tab.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  tab.on("pageerror", (error) => complaints.push(error.message));
  tab.on("request", (request) => requests.push(request.url()));
  // Beyond loopback one comes by the address and has to log in first.
  const locked = server.lanUrl !== undefined;
  await tab.goto(locked ? `https://127.0.0.1:${new URL(server.lanUrl).port}/` : server.url);
  await tab.getByText(locked ? "Locked" : "Live", { exact: true }).waitFor();
  return {
    tab,
    server,
    view,
    complaints,
    requests,
    close: async () => {
      await context.close();
      await server.close();
    },
  };
}

/** Waits until `check` no longer throws: what a page shows comes a moment after its cause. */
export function until(check: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 60_000, interval: 50 });
}
