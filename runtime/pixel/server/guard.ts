import type { IncomingHttpHeaders } from "node:http";
import { StepppsError } from "../../contract/index.ts";

/** `127.0.0.1`, `localhost` or `[::1]`, with any port: a tunnel (ssh -L) may give it another one. */
const OWN_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i;

/**
 * Refuses what did not come from this machine's own page or from a program on it.
 * A browser tells: `Host` is the name it was led here by, `Origin` and `Sec-Fetch-Site` the page that asks.
 * Throws E_PAGE_HOST, E_PAGE_ORIGIN.
 */
export function checkSource({ host, origin, "sec-fetch-site": site, "sec-fetch-mode": mode }: IncomingHttpHeaders): void {
  if (!host || !OWN_HOST.test(host)) throw new StepppsError("E_PAGE_HOST", `Host: ${clip(host ?? "")}`);
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    throw new StepppsError("E_PAGE_ORIGIN", `Origin: ${clip(origin)}`);
  }
  // Following a link to the page from elsewhere is fine: it shows the page and gives the other site nothing.
  const foreign = site !== undefined && site !== "same-origin" && site !== "none";
  if (foreign && mode !== "navigate") throw new StepppsError("E_PAGE_ORIGIN", `Sec-Fetch-Site: ${clip(String(site))}`);
}

function clip(value: string): string {
  return JSON.stringify(value.slice(0, 80));
}
