import type { IncomingMessage, ServerResponse } from "node:http";
import { type Actions, asStepppsError, parse, StepppsError, type View } from "../../contract/index.ts";
import { Type } from "../../contract/type.ts";
import type { AssetName, Assets } from "../assets/asset.ts";
import { ACTS, type Act, READS } from "./acts.ts";
import { readJson } from "./body.ts";
import type { Broadcast } from "./broadcast.ts";
import type { Door } from "./door.ts";
import { checkAction, checkSource, type Place } from "./guard.ts";
import { LIMITS } from "./limits.ts";
import { serveLive } from "./live.ts";
import { METRICS_TYPE } from "./media-types.ts";
import { reply, replyError, replyJson } from "./reply.ts";

export interface Sources {
  readonly view: View;
  readonly assets: () => Promise<Assets>;
  readonly broadcast: Broadcast;
  readonly door: Door;
  readonly place: Place;
  /** Undefined where the page only shows. */
  readonly actions: Actions | undefined;
  /** What Prometheus reads; undefined where there is nothing to read. */
  readonly metrics: (() => Promise<string>) | undefined;
  /** Packages on their way in, here and beyond loopback. */
  readonly uploads: { underWay: number };
}

type Answer = (sources: Sources, req: IncomingMessage, res: ServerResponse) => void | Promise<void>;

interface Route {
  readonly method: "GET" | "POST";
  /** Who may ask: anyone, so that one can log in; who is logged in; or a scraper too, which sends the password each time. */
  readonly for: "all" | "in" | "scraper";
  readonly answer: Answer;
}

const get = (answer: Answer, who: Route["for"] = "in"): Route => ({ method: "GET", for: who, answer });
const post = (answer: Answer, who: Route["for"] = "in"): Route => ({ method: "POST", for: who, answer });

/** Everything that can be asked for: no path of a request ever becomes a path of the file system. */
const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ["/", get(asset("index.html"), "all")],
  ["/page.js", get(asset("page.js"), "all")],
  ["/page.css", get(asset("page.css"), "all")],
  ["/icon.svg", get(asset("icon.svg"), "all")],
  ["/metrics", get(serveMetrics, "scraper")],
  ["/api/session", get(serveSession, "all")],
  ["/api/login", post(login, "all")],
  ["/api/logout", post(logout)],
  ["/api/status", get(({ view }, req, res) => replyJson(req, res, view.status()))],
  ["/api/events", get(({ view }, req, res) => replyJson(req, res, view.events.recent()))],
  ["/api/live", get(({ broadcast, door }, req, res) => serveLive(broadcast, door, req, res))],
  ...Object.entries(READS).map(([name, read]) => [`/api/${name}`, get(act(read))] as const),
  ...Object.entries(ACTS).map(
    ([name, change]) => [`/api/${name}`, post(name === "deploy" ? upload(change) : act(change))] as const,
  ),
]);

/** Answers one request. Never throws: what goes wrong is the answer. */
export async function answer(sources: Sources, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const [path = ""] = (req.url ?? "").split("?", 1);
  const route = ROUTES.get(path);
  try {
    checkSource(req.headers, sources.place);
    if (!route) throw new StepppsError("E_PAGE_NOT_FOUND", JSON.stringify(path.slice(0, 80)));
    const method = req.method === "HEAD" ? "GET" : req.method;
    if (method !== route.method) throw new StepppsError("E_PAGE_METHOD", req.method ?? "");
    if (route.method === "POST") checkAction(req.headers);
    if (!(await mayAsk(route, sources.door, req))) throw new StepppsError("E_PAGE_LOGIN");
    await route.answer(sources, req, res);
  } catch (thrown) {
    const error = asStepppsError(thrown, "E_PAGE_STATUS");
    if (res.headersSent) return void res.destroy();
    replyError(req, res, error, errorHeaders(error, route));
    if (!req.complete) linger(req);
  }
}

/** What is left of a body is thrown away for a moment: a client that is cut off while it sends does not read why. */
function linger(req: IncomingMessage): void {
  req.on("error", () => {}).resume();
  const late = setTimeout(() => req.destroy(), LIMITS.lingerMillis);
  req.once("close", () => clearTimeout(late));
}

async function mayAsk({ for: who }: Route, door: Door, req: IncomingMessage): Promise<boolean> {
  if (who === "all" || door.isOpen(req)) return true;
  return who === "scraper" && (await door.isOpenBasic(req));
}

function errorHeaders({ code, detail }: StepppsError, route: Route | undefined): Record<string, string> {
  if (code === "E_PAGE_METHOD" && route) return { Allow: route.method === "GET" ? "GET, HEAD" : route.method };
  if (code === "E_PAGE_WAIT") return { "Retry-After": String(Number.parseInt(detail, 10) || 1) };
  if (code === "E_PAGE_LOGIN" && route?.for === "scraper")
    return { "WWW-Authenticate": 'Basic realm="steppps", charset="UTF-8"' };
  return {};
}

/** Always asked again, rarely sent again: a new version is seen at once, and its parts always fit each other. */
function asset(name: AssetName): Answer {
  return async ({ assets }, req, res) => {
    const { body, type, etag } = (await assets())[name];
    const headers = { "Content-Type": type, "Cache-Control": "no-cache", ETag: etag };
    if (req.headers["if-none-match"] === etag) reply(req, res, 304, headers, "");
    else reply(req, res, 200, headers, body);
  };
}

async function serveMetrics({ metrics }: Sources, req: IncomingMessage, res: ServerResponse): Promise<void> {
  if (!metrics) throw new StepppsError("E_PAGE_NOT_FOUND", '"/metrics"');
  reply(req, res, 200, { "Content-Type": METRICS_TYPE }, await metrics());
}

/**
 * `{ login: whether one has to, in: whether one is, acts: whether the page can change anything, pairing }`. The code that claims the
 * device is for whoever is at it: on loopback alone.
 */
function serveSession({ door, actions, view }: Sources, req: IncomingMessage, res: ServerResponse): void {
  const pairing = door.locked ? undefined : view.pairing?.();
  replyJson(req, res, { login: door.locked, in: door.isOpen(req), acts: actions !== undefined, ...(pairing && { pairing }) });
}

const Login = Type.Object({ password: Type.String({ maxLength: 1024 }) }, { additionalProperties: false });

async function login({ door }: Sources, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { password } = parse(Login, await readJson(req), "E_PAGE_ACTION");
  const cookie = await door.login(req, password);
  replyJson(req, res, { in: true }, cookie ? { "Set-Cookie": cookie } : {});
}

function logout({ door }: Sources, req: IncomingMessage, res: ServerResponse): void {
  req.resume();
  const cookie = door.logout(req);
  replyJson(req, res, { in: false }, cookie ? { "Set-Cookie": cookie } : {});
}

function act(run: Act): Answer {
  return async ({ actions }, req, res) => {
    if (!actions) throw new StepppsError("E_PAGE_NOT_FOUND", "this page only shows");
    // A deploy may take longer than a connection may be silent.
    req.socket.setTimeout(LIMITS.requestMillis);
    const search = new URLSearchParams((req.url ?? "").split("?", 2)[1] ?? "");
    replyJson(req, res, (await run(actions, req, search)) ?? null);
  };
}

/** Each holds up to 8 MiB while it arrives. */
function upload(run: Act): Answer {
  const answer = act(run);
  return async (sources, req, res) => {
    const { uploads } = sources;
    if (uploads.underWay >= LIMITS.uploads) throw new StepppsError("E_PAGE_BUSY", `${LIMITS.uploads} packages are on their way`);
    uploads.underWay++;
    try {
      await answer(sources, req, res);
    } finally {
      uploads.underWay--;
    }
  };
}
