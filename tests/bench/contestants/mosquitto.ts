import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemProgram } from "../../support/system.ts";
import { freePort } from "../proc.ts";
import { Program } from "../program.ts";

/**
 * Debian's mosquitto as it comes, but for three settings that are to the advantage of whoever sits behind it: no delay on its sockets;
 * a queue long enough that it loses nothing of what a publisher has under way (it drops beyond 1,000 otherwise); and at QoS 1 no
 * round trip for every 20 messages.
 */
export async function startMosquitto(folder: string): Promise<{ port: number; program: Program }> {
  const port = await freePort();
  const file = join(folder, "mosquitto.conf");
  writeFileSync(
    file,
    [
      `listener ${port} 127.0.0.1`,
      "allow_anonymous true",
      "persistence false",
      "set_tcp_nodelay true",
      "max_queued_messages 100000",
      "max_inflight_messages 0",
      "log_dest stderr",
      "",
    ].join("\n"),
  );
  const program = await Program.start(systemProgram("mosquitto"), {
    args: ["-c", file],
    ready: (line) => line.includes("running"),
  });
  return { port, program };
}
