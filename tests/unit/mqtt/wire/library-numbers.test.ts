import { createRequire } from "node:module";
import { PassThrough } from "node:stream";
import mqtt from "mqtt-packet";
import { expect, test } from "vitest";
import { keepNoNumbers } from "../../../../runtime/mqtt/wire/library-numbers.ts";

const { cache } = createRequire(import.meta.url)("mqtt-packet/numbers.js") as { cache: object };

test("a packet is written as before, and the library keeps no buffers of all numbers", () => {
  keepNoNumbers();
  const stream = new PassThrough();
  mqtt.writeToStream({ cmd: "suback", messageId: 0xabcd, granted: [1] }, stream);
  stream.end();
  expect(stream.read()).toEqual(Buffer.from([0x90, 3, 0xab, 0xcd, 1]));
  expect(Object.keys(cache)).toHaveLength(0);
});
