import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { StepppsError } from "../../contract/index.ts";

/** Where a listener is found: which names it has, and how its own page's address begins. */
export interface Place {
  readonly scheme: "http" | "https";
  isOwn(host: string): boolean;
}

/** `127.0.0.1`, `localhost` or `[::1]`, with any port: a tunnel (ssh -L) may give it another one. */
const OWN_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i;
export const LOOPBACK: Place = { scheme: "http", isOwn: (host) => OWN_HOST.test(host) };

/**
 * On the network: the device's own name, bare or below `.local`, and any address. A site elsewhere can point a name of its own
 * here (DNS rebinding), never an address.
 */
export function lanPlace(device: string): Place {
  const names = new Set([device, `${device}.local`, "localhost"]);
  return {
    scheme: "https",
    isOwn(host) {
      const [, name = ""] = /^(\[[0-9a-f:.]+\]|[^:]+)(?::\d{1,5})?$/i.exec(host) ?? [];
      return names.has(name.toLowerCase()) || isIP(name.replace(/^\[|\]$/g, "")) !== 0;
    },
  };
}

/**
 * Refuses what did not come from this listener's own page or from a program.
 * A browser tells: `Host` is the name it was led here by, `Origin` and `Sec-Fetch-Site` the page that asks.
 * Throws E_PAGE_HOST, E_PAGE_ORIGIN.
 */
export function checkSource(headers: IncomingHttpHeaders, { scheme, isOwn }: Place = LOOPBACK): void {
  const { host, origin, "sec-fetch-site": site, "sec-fetch-mode": mode } = headers;
  if (!host || !isOwn(host)) throw new StepppsError("E_PAGE_HOST", `Host: ${clip(host ?? "")}`);
  if (origin !== undefined && origin.toLowerCase() !== `${scheme}://${host.toLowerCase()}`) {
    throw new StepppsError("E_PAGE_ORIGIN", `Origin: ${clip(origin)}`);
  }
  // Following a link to the page from elsewhere is fine: it shows the page and gives the other site nothing.
  const foreign = site !== undefined && site !== "same-origin" && site !== "none";
  if (foreign && mode !== "navigate") throw new StepppsError("E_PAGE_ORIGIN", `Sec-Fetch-Site: ${clip(String(site))}`);
}

/**
 * Beside the above for what changes something: a header that another site's page can't send without asking first, which is never
 * allowed, and that a form can't send at all. Throws E_PAGE_ORIGIN.
 */
export function checkAction(headers: IncomingHttpHeaders): void {
  if (headers[ACTION_HEADER] !== "1") throw new StepppsError("E_PAGE_ORIGIN", `no header ${ACTION_HEADER}: 1`);
  if (headers["sec-fetch-site"] !== undefined && headers["sec-fetch-site"] !== "same-origin")
    throw new StepppsError("E_PAGE_ORIGIN", `Sec-Fetch-Site: ${clip(String(headers["sec-fetch-site"]))}`);
}
const ACTION_HEADER = "x-steppps-action";

function clip(value: string): string {
  return JSON.stringify(value.slice(0, 80));
}
