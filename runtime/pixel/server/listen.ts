import type { Server } from "node:http";
import { StepppsError } from "../../contract/index.ts";

const TRIES = 50;

/**
 * Listens at `port`, or at the next free one where it is taken; the port it got. `host`: 127.0.0.1, or undefined for every address
 * of both families. Throws E_PAGE_LISTEN.
 */
export async function listen(server: Server, port: number, host: string | undefined): Promise<number> {
  for (let wanted = port; wanted < port + TRIES && wanted <= 65_535; wanted++) {
    const got = await tryListen(server, wanted, host);
    if (got !== undefined) return got;
  }
  return (await tryListen(server, 0, host)) ?? port;
}

/** Undefined when the port is taken. */
function tryListen(server: Server, port: number, host: string | undefined): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      server.off("listening", onListening);
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(new StepppsError("E_PAGE_LISTEN", `port ${port}: ${error.message}`, { cause: error }));
    };
    const onListening = () => {
      server.off("error", onError);
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    };
    server
      .once("error", onError)
      .once("listening", onListening)
      .listen({ ...(host && { host }), port, exclusive: true });
  });
}
