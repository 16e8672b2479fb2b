import fc from "fast-check";
import { expect, test } from "vitest";
import { clientKey, userOf } from "../../../../runtime/mqtt/broker/client-key.ts";

const user = fc.option(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,20}$/), { nil: undefined });
const id = fc.oneof(
  fc.string(),
  fc.constantFrom("@", "@/", "@a/b", "@@", "/", ""),
  fc.string().map((text) => `@${text}`),
);

test("two clients have one key only if they are the same user with the same id", () => {
  fc.assert(
    fc.property(user, id, user, id, (one, oneId, other, otherId) => {
      expect(clientKey(one, oneId) === clientKey(other, otherId)).toBe(one === other && oneId === otherId);
    }),
  );
});

test("a key says whose it is", () => {
  fc.assert(
    fc.property(user, id, (name, given) => {
      expect(userOf(clientKey(name, given))).toBe(name);
    }),
  );
});

test("what a client of no user says is as it was before there were users", () => {
  expect(clientKey(undefined, "sensor-1")).toBe("sensor-1");
});
