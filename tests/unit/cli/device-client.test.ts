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

test("who stays to listen is told when the device is gone, and is not kept when he leaves", async () => {
  const CONNACK = Buffer.from([0x20, 2, 0, 0]);
  const server = createServer((socket) => socket.once("data", () => socket.write(CONNACK))).listen(0, "127.0.0.1");
  await once(server, "listening");
  const connected = once(server, "connection");
  const { port } = server.address() as AddressInfo;
  const device = await connectDevice({ broker: `mqtt://127.0.0.1:${port}`, device: "edge", timeout: 10_000 });
  const [socket] = await connected;
  const leaving = new AbortController();
  const left = device.stay(leaving.signal);
  leaving.abort();
  await left;
  const told = device.stay(new AbortController().signal);
  socket.destroy();
  await expect(told).rejects.toMatchObject({ code: "E_CLI_UNREACHABLE" });
  await expect(device.stay(new AbortController().signal)).rejects.toMatchObject({ code: "E_CLI_UNREACHABLE" });
  server.close();
});
