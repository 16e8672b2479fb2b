import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { connectDevice } from "../../../runtime/cli/device/client.ts";

test("a connection that is closed without a word, as by a device that restarts, is no connection", async () => {
  const server = createServer((socket) => socket.once("data", () => socket.destroy())).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    const connecting = connectDevice({ broker: `mqtt://127.0.0.1:${port}`, device: "edge", timeout: 10_000 });
    await expect(connecting).rejects.toMatchObject({ code: "E_CLI_UNREACHABLE" });
  } finally {
    server.close();
  }
});
