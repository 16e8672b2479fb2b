import { type Actions, type DeviceDocument, StepppsError, type View } from "../contract/index.ts";
import type { EventLog } from "../event/index.ts";
import type { LanOptions, Page } from "../pixel/index.ts";
import type { Clock } from "../platform/index.ts";
import { hashPassword, isPasswordHash } from "../trust/index.ts";

export interface OpenPageOptions {
  readonly view: View;
  readonly version: string;
  readonly device: string;
  readonly web: DeviceDocument["web"];
  /** In place of the document's. */
  readonly port: number | undefined;
  readonly actions: Actions;
  readonly metrics: () => Promise<string>;
  /** The device's own, PEM; asked for only when the page is served beyond loopback. */
  readonly identity: () => Promise<{ readonly key: string; readonly certificate: string }>;
  readonly events: Pick<EventLog, "emit">;
  readonly clock: Clock;
  /** The page's files, as in `Parts`. */
  readonly bundle?: string | undefined;
}

const PORT = 8080;
const TLS_PORT = 8443;

/** The page, on loopback and where the document says so beyond it: never there without a password. */
export async function openPage(options: OpenPageOptions): Promise<Page> {
  const { view, version, web, port, actions, metrics, clock, events, bundle } = options;
  const { startPage } = await import("../pixel/index.ts");
  const loopback = {
    view,
    version,
    port: port ?? web?.port ?? PORT,
    actions,
    metrics,
    clock,
    ...(bundle !== undefined && { bundle }),
  };
  try {
    const lan = await lanOf(options);
    if (lan) return await startPage({ ...loopback, lan });
  } catch (error) {
    // What keeps it from the network does not keep it from this machine.
    events.emit({ kind: "supervisor.trouble", level: "error", text: `the page stays on loopback: ${error}` });
  }
  return startPage(loopback);
}

async function lanOf({ device, web, identity, events }: OpenPageOptions): Promise<LanOptions | undefined> {
  if (web?.listen !== "all") return undefined;
  const { password, tlsPort = TLS_PORT } = web;
  if (password === undefined) {
    const { code, message } = new StepppsError("E_PAGE_OPEN");
    events.emit({ kind: "access.refused", level: "error", code, text: message });
    return undefined;
  }
  return {
    port: tlsPort,
    device,
    ...(await identity()),
    passwordHash: isPasswordHash(password) ? password : await hashed(password, events),
    refused: (address, { code, message }) =>
      events.emit({ kind: "access.refused", level: "warn", code, text: `the page, from ${address}: ${message}` }),
  };
}

function hashed(password: string, events: Pick<EventLog, "emit">): Promise<string> {
  const text = "web.password stands readable in steppps.yaml; 'npx steppps password' prints what can stand there in its place";
  events.emit({ kind: "supervisor.trouble", level: "warn", text });
  return hashPassword(password);
}
