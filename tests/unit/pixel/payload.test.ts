import { expect, test } from "vitest";
import { payloadText } from "../../../runtime/pixel/page/model/payload.ts";

const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes as string).toString("base64");

test.each([
  ["text", '{"on":true}\n', '{"on":true}\n'],
  ["text beyond ASCII", "21 °C 🌡", "21 °C 🌡"],
  ["nothing", "", ""],
  ["bytes", Uint8Array.of(0xff, 0, 16), "ff 00 10"],
  ["text that would steer a terminal", "\u001b[2J", "1b 5b 32 4a"],
])("%s", (_, payload, shown) => {
  expect(payloadText(base64(payload))).toBe(shown);
});

test("a large one of bytes is cut", () => {
  expect(payloadText(base64(new Uint8Array(100_000).fill(255))).length).toBeLessThan(13_000);
});
