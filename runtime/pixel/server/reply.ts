import type { IncomingMessage, ServerResponse } from "node:http";
import type { ErrorCode, StepppsError } from "../../contract/index.ts";
import { SECURITY_HEADERS } from "./headers.ts";
import { JSON_TYPE } from "./media-types.ts";

/** HTTP status of each error that this server answers with; others are 500. */
const STATUS_OF: { readonly [Code in ErrorCode]?: number } = {
  E_PAGE_REQUEST: 400,
  E_PAGE_HOST: 403,
  E_PAGE_ORIGIN: 403,
  E_PAGE_NOT_FOUND: 404,
  E_PAGE_METHOD: 405,
  E_PAGE_ACTION: 400,
  E_PAGE_LOGIN: 401,
  E_PAGE_PASSWORD: 403,
  E_PAGE_TOO_LARGE: 413,
  E_PAGE_WAIT: 429,
  E_PAGE_BUSY: 503,
  E_CONTROL: 400,
  E_PLUGIN_UNKNOWN: 404,
  E_DEAD_LETTER_UNKNOWN: 404,
  E_PLUGIN_NO_PREVIOUS: 409,
};

/** Answers with `body`, or with its headers alone where HEAD asked. */
export function reply(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  headers: Record<string, string>,
  body: string | Buffer,
): void {
  res.writeHead(status, {
    ...SECURITY_HEADERS,
    "Cache-Control": "no-store",
    "Content-Length": Buffer.byteLength(body),
    ...headers,
  });
  res.end(req.method === "HEAD" ? undefined : body);
}

export function replyJson(req: IncomingMessage, res: ServerResponse, value: unknown, headers: Record<string, string> = {}): void {
  reply(req, res, 200, { "Content-Type": JSON_TYPE, ...headers }, JSON.stringify(value));
}

/** `{ code, what, detail, why, fix }`, as everywhere. */
export function replyError(
  req: IncomingMessage,
  res: ServerResponse,
  error: StepppsError,
  headers: Record<string, string> = {},
): void {
  // A body that nobody reads would stay in the connection.
  reply(
    req,
    res,
    STATUS_OF[error.code] ?? 500,
    { "Content-Type": JSON_TYPE, Connection: "close", ...headers },
    JSON.stringify(error),
  );
}
