import { expect, test } from "vitest";
import { nearName } from "../../../runtime/contract/near-name.ts";

const NAMES = ["name", "network", "mqtt", "timezone", "owners"];

test.each([
  ["netwrok", "network"],
  ["timezoen", "timezone"],
  ["Mqtt", "mqtt"],
  ["nmae", "name"],
  ["owner", "owners"],
])("%s: %s was meant", (wrong, right) => {
  expect(nearName(wrong, NAMES)).toBe(right);
});

test.each(["colour", "nett", "x", "", "mq"])("%j is near to nothing", (wrong) => {
  expect(nearName(wrong, NAMES)).toBeUndefined();
});
