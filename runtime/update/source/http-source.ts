import { StepppsError } from "../../contract/index.ts";
import type { ByteSource } from "./byte-source.ts";

export interface HttpOptions {
  /** ms without a byte until the connection is given up; one on which less than a KiB a second comes is, after as long. */
  readonly idleMs: number;
}

/** Bytes in a ms that a server has to send: a link that is slower brings an image in days, and one byte a minute never. */
const LEAST_RATE = 1024 / 1000;

/**
 * A bundle on a static server, by range requests [RFC 9110, 14]. What the first answer says of the file (ETag, Last-Modified, length)
 * is asked for in all others, so that a file which is replaced meanwhile is noticed.
 */
export function httpSource(url: string, { idleMs }: HttpOptions): ByteSource {
  let validator: string | undefined;
  let total: number | undefined;

  const request = async (at: number, length: number, signal: AbortSignal): Promise<Response> => {
    const headers: Record<string, string> = { range: `bytes=${at}-${at + length - 1}`, "accept-encoding": "identity" };
    if (validator) headers["if-range"] = validator;
    const response = await fetch(url, { headers, signal });
    if (response.status === 200) {
      await response.body?.cancel();
      // It sent a range before, and the whole file now: If-Range says by that that the file is another
      throw new StepppsError(validator ? "E_UPDATE_CHANGED" : "E_UPDATE_RANGES", url);
    }
    if (response.status === 416) throw new StepppsError("E_IMAGE", `${url} ends before byte ${at}`);
    if (response.status !== 206) {
      await response.body?.cancel();
      throw new StepppsError("E_UPDATE_SOURCE", `${url}: ${response.status} ${response.statusText}`);
    }
    check(response, at);
    return response;
  };

  const check = ({ headers }: Response, at: number) => {
    const [, from, length] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "") ?? [];
    if (Number(from) !== at) throw new StepppsError("E_UPDATE_RANGES", `${url} sent other bytes than were asked for`);
    const etag = headers.get("etag");
    // A weak one doesn't say that the bytes are the same, and is of no use here [RFC 9110, 13.1.5]
    const now = etag && !etag.startsWith("W/") ? etag : (headers.get("last-modified") ?? undefined);
    const size = length === "*" ? undefined : Number(length);
    if ((validator !== undefined && now !== validator) || (total !== undefined && size !== undefined && size !== total)) {
      throw new StepppsError("E_UPDATE_CHANGED", url);
    }
    validator ??= now;
    total ??= size;
  };

  return {
    async *read(at, length, signal) {
      const idle = new AbortController();
      const both = signal ? AbortSignal.any([signal, idle.signal]) : idle.signal;
      const stop = () => idle.abort(new Error(`nothing came for ${idleMs} ms`));
      let timer = setTimeout(stop, idleMs);
      const drip = setTimeout(
        () => idle.abort(new Error("it sends less than 1 KiB a second")),
        idleMs + Math.ceil(length / LEAST_RATE),
      );
      let done = 0;
      try {
        const response = await request(at, length, both);
        for await (const piece of response.body ?? []) {
          clearTimeout(timer);
          timer = setTimeout(stop, idleMs);
          const fits = piece.subarray(0, length - done);
          done += fits.length;
          if (fits.length > 0) yield fits;
          if (done === length) return;
        }
      } catch (error) {
        if (error instanceof StepppsError) throw error;
        signal?.throwIfAborted();
        throw new StepppsError("E_UPDATE_SOURCE", `${url}: ${reasonOf(error)}`, { cause: error });
      } finally {
        clearTimeout(timer);
        clearTimeout(drip);
        idle.abort();
      }
      throw new StepppsError(
        total !== undefined && at + done >= total ? "E_IMAGE" : "E_UPDATE_SOURCE",
        `${url} ended at byte ${at + done}`,
      );
    },
    close: async () => {},
  };
}

/** fetch says "fetch failed" and hides why. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : message;
}
