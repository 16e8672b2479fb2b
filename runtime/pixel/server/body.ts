import type { IncomingMessage } from "node:http";
import { StepppsError } from "../../contract/index.ts";
import { LIMITS } from "./limits.ts";

/** A request's body, at most `limit` bytes within `millis`. Throws E_PAGE_TOO_LARGE, E_PAGE_REQUEST. */
export async function readBody(
  req: IncomingMessage,
  limit: number = LIMITS.bodyBytes,
  millis: number = LIMITS.bodyMillis,
): Promise<Buffer> {
  const tooLarge = () => new StepppsError("E_PAGE_TOO_LARGE", `${limit} bytes at most`);
  if (Number(req.headers["content-length"] ?? 0) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  const late = setTimeout(() => req.destroy(new Error(`it took longer than ${millis} ms`)), millis);
  try {
    for await (const chunk of req as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > limit) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof StepppsError) throw cause;
    throw new StepppsError("E_PAGE_REQUEST", (cause as Error).message, { cause });
  } finally {
    clearTimeout(late);
  }
  return Buffer.concat(chunks);
}

/** A body that is a JSON object. Throws E_PAGE_ACTION too. */
export async function readJson(req: IncomingMessage): Promise<unknown> {
  const type = req.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new StepppsError("E_PAGE_ACTION", "Content-Type has to be application/json");
  const body = await readBody(req);
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw new StepppsError("E_PAGE_ACTION", "the body is not JSON", { cause });
  }
}
