import { createReadStream, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface StaticServer {
  readonly url: string;
  /** Bytes of bodies sent so far. */
  sent(): number;
  requests(): number;
  /** Answers in place of the file's range: for servers that are not as they should be. */
  answer: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** Bytes of a body after which the connection is cut; for each request the next of these, then never. */
  cuts: number[];
  path: string;
}

/** One file, as any static server gives it out: ranges, ETag, If-Range [RFC 9110, 13, 14]. */
export async function serveFile(path: string): Promise<StaticServer> {
  let sent = 0;
  let requests = 0;
  const state: StaticServer = { url: "", sent: () => sent, requests: () => requests, answer: undefined, cuts: [], path };
  const server = createServer((request, response) => {
    requests++;
    if (state.answer?.(request, response)) return;
    const { size, mtimeMs } = statSync(state.path);
    const etag = `"${size.toString(16)}-${mtimeMs.toString(16)}"`;
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
    const ifRange = request.headers["if-range"];
    if (from === undefined || (ifRange !== undefined && ifRange !== etag)) {
      response.writeHead(200, { etag, "content-length": size, "accept-ranges": "bytes" });
      createReadStream(state.path).pipe(response);
      return;
    }
    const start = Number(from);
    const end = Math.min(to ? Number(to) : size - 1, size - 1);
    if (start >= size) {
      response.writeHead(416, { "content-range": `bytes */${size}` }).end();
      return;
    }
    response.writeHead(206, { etag, "content-length": end - start + 1, "content-range": `bytes ${start}-${end}/${size}` });
    const cut = state.cuts.shift();
    let body = 0;
    createReadStream(state.path, { start, end })
      .on("data", (data) => {
        const piece = Buffer.from(data);
        if (cut !== undefined && body + piece.length > cut) {
          response.write(piece.subarray(0, Math.max(0, cut - body)), () => response.destroy());
          sent += Math.max(0, cut - body);
          body = Number.POSITIVE_INFINITY;
          return;
        }
        body += piece.length;
        if (body !== Number.POSITIVE_INFINITY) sent += piece.length;
        response.write(piece);
      })
      .on("end", () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(state, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/image.bundle` });
}
