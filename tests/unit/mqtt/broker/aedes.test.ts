import { Duplex } from "node:stream";
import { Aedes } from "aedes";
import { expect, test } from "vitest";

// broker/aedes.ts uses members that aedes' types leave out
test("this release of aedes has what we use of it beyond its types", async () => {
  const broker = await Aedes.createBroker();
  const client = broker.handle(new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })) as unknown as Record<
    string,
    unknown
  >;
  expect(client._nextId).toBeTypeOf("number");
  expect(client.deliverQoS).toBeTypeOf("function");
  expect(broker).toMatchObject({ clients: {}, unregisterClient: expect.any(Function) });
  await new Promise<void>((resolve) => broker.close(resolve));
  (client.close as () => void)();
});
