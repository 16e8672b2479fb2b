import { createServer } from "node:net";
import type { Random } from "./random.ts";

/** Below the ports that the system gives out by itself, so that nobody takes it while the device is away. */
export async function freePort(random: Random): Promise<number> {
  for (;;) {
    const port = 20_000 + random.below(10_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}
