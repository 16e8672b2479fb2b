import { expect, test } from "vitest";
import { wantsTopic } from "../../../runtime/pixel/page/model/topic-filter.ts";

test.each([
  ["", "any/topic", true],
  ["  ", "any/topic", true],
  ["HALL", "sensors/hall/motion", true],
  ["kitchen", "sensors/hall/motion", false],
  ["sensors/+/motion", "sensors/hall/motion", true],
  [" sensors/# ", "sensors/hall/motion", true],
  ["+/hall", "sensors/hall/motion", false],
  ["sensors/##", "sensors/hall", false],
])("%j, %s: %s", (typed, topic, wanted) => expect(wantsTopic(typed, topic)).toBe(wanted));
