import { type Browser, chromium } from "playwright-core";
import { systemProgram } from "./system.ts";

/** Without what calls home, and without a sandbox: tests run as root in containers, where it cannot start. */
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The system's Chromium. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: systemProgram("chromium"), args: FLAGS });
}
