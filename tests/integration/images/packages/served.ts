import { once } from "node:events";
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder by HTTP on this machine, until the test ends; returns its address. */
export async function served(folder: string): Promise<string> {
  const server = createServer(({ url = "/", method }, response) => {
    const file = join(folder, decodeURIComponent(new URL(url, "http://localhost").pathname));
    if (!existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
    response.writeHead(200, { "content-length": statSync(file).size });
    if (method === "HEAD") response.end();
    else createReadStream(file).pipe(response);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
