import type { IncomingMessage, ServerResponse } from "node:http";
import { StepppsError } from "../../contract/index.ts";
import type { Broadcast } from "./broadcast.ts";
import type { Door } from "./door.ts";
import { SECURITY_HEADERS } from "./headers.ts";
import { LIMITS } from "./limits.ts";
import { replyError } from "./reply.ts";

const LIVE_HEADERS = { ...SECURITY_HEADERS, "Cache-Control": "no-store", "Content-Type": "text/event-stream; charset=utf-8" };

/** `GET /api/live`: server-sent events, until either side ends it or its session ends. A client that does not read is cut off. */
export function serveLive(broadcast: Broadcast, door: Door, req: IncomingMessage, res: ServerResponse): void {
  if (broadcast.size >= LIMITS.liveClients) {
    return replyError(req, res, new StepppsError("E_PAGE_BUSY", `${LIMITS.liveClients} are open`), { "Retry-After": "5" });
  }
  // Set, not yet written: when the first frame cannot be made, the answer is an error.
  for (const [name, value] of Object.entries(LIVE_HEADERS)) res.setHeader(name, value);
  if (req.method === "HEAD") return void res.end();
  const leave = broadcast.join({
    send: (frame) => (res.writableLength > LIMITS.backlogBytes ? res.destroy() : res.write(frame)),
    end: () => res.end(),
  });
  const old = setTimeout(() => res.end(), LIMITS.liveMillis);
  const stay = door.during(req, () => res.end());
  res.once("close", () => {
    clearTimeout(old);
    stay();
    leave();
  });
}
