import { openClient, subscribePacket } from "./wire.ts";

/** A client with `count` subscriptions beside the topics that are published to, half of them with a wildcard. */
export async function subscribeMany(port: number, count: number): Promise<Disposable> {
  let granted = 0;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = await openClient(port, `many-${process.pid}`, (buffer, start) => {
    if ((buffer[start] as number) >> 4 === 9 && ++granted === count) resolve();
  });
  socket.once("error", reject);
  socket.once("close", () => reject(new Error(`the broker granted ${granted} of ${count} subscriptions`)));
  for (let i = 0; i < count; i++) socket.write(subscribePacket(i % 2 === 0 ? `bench/in/s${i}` : `bench/+/s${i}/set`, 0));
  await promise;
  return { [Symbol.dispose]: () => socket.destroy() };
}
