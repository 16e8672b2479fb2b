import type { IncomingMessage, ServerResponse } from "node:http";
import { asStepppsError, StepppsError, type View } from "../../contract/index.ts";
import type { AssetName, Assets } from "../assets/asset.ts";
import type { Broadcast } from "./broadcast.ts";
import { checkSource } from "./guard.ts";
import { serveLive } from "./live.ts";
import { reply, replyError, replyJson } from "./reply.ts";

export interface Sources {
  readonly view: View;
  readonly assets: Promise<Assets>;
  readonly broadcast: Broadcast;
}

type Answer = (sources: Sources, req: IncomingMessage, res: ServerResponse) => void | Promise<void>;

/** Everything that can be asked for: no path of a request ever becomes a path of the file system. */
const ROUTES: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ["/", asset("index.html")],
  ["/page.js", asset("page.js")],
  ["/page.css", asset("page.css")],
  ["/icon.svg", asset("icon.svg")],
  ["/api/status", ({ view }, req, res) => replyJson(req, res, view.status())],
  ["/api/events", ({ view }, req, res) => replyJson(req, res, view.events.recent())],
  ["/api/live", ({ broadcast }, req, res) => serveLive(broadcast, req, res)],
]);

/** Answers one request. Never throws: what goes wrong is the answer. */
export async function answer(sources: Sources, req: IncomingMessage, res: ServerResponse): Promise<void> {
  try {
    checkSource(req.headers);
    const [path = ""] = (req.url ?? "").split("?", 1);
    const route = ROUTES.get(path);
    if (!route) throw new StepppsError("E_PAGE_NOT_FOUND", JSON.stringify(path.slice(0, 80)));
    if (req.method !== "GET" && req.method !== "HEAD") throw new StepppsError("E_PAGE_METHOD", req.method ?? "");
    await route(sources, req, res);
  } catch (thrown) {
    const error = asStepppsError(thrown, "E_PAGE_STATUS");
    if (res.headersSent) res.destroy();
    else replyError(req, res, error, error.code === "E_PAGE_METHOD" ? { Allow: "GET, HEAD" } : {});
  }
}

/** Always asked again, rarely sent again: a new version is seen at once, and its parts always fit each other. */
function asset(name: AssetName): Answer {
  return async ({ assets }, req, res) => {
    const { body, type, etag } = (await assets)[name];
    const headers = { "Content-Type": type, "Cache-Control": "no-cache", ETag: etag };
    if (req.headers["if-none-match"] === etag) reply(req, res, 304, headers, "");
    else reply(req, res, 200, headers, body);
  };
}
