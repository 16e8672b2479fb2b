import { Cron } from "croner";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkCron } from "../../../../../assembly/compiler/transform/cron.ts";

const accepts = (check: () => unknown): boolean => {
  try {
    check();
    return true;
  } catch {
    return false;
  }
};

test.each([
  "* * * * *",
  "0 7 * * mon-fri",
  "*/15 8-18 * JAN,mar 1-5",
  "30 0 7 * * *",
  "0 0 L * *",
  "5,10-20/5 * * * sun",
  "0 12 * * 7",
])("%s", (expression) => {
  expect(checkCron(expression)).toBe(expression);
  expect(accepts(() => new Cron(expression, { paused: true }))).toBe(true);
});

test.each([
  "",
  "* * * *",
  "* * * * * * *",
  "60 * * * *",
  "* 24 * * *",
  "* * 0 * *",
  "* * 32 * *",
  "* * * 13 *",
  "* * * * 8",
  "a * * * *",
  "*/0 * * * *",
  "5-3 * * * *",
  "1- * * * *",
  "@daily",
])("%s is refused", (expression) => {
  expect(() => checkCron(expression)).toThrow();
});

test("whatever is accepted here is accepted by the scheduler", () => {
  const number = fc.integer({ min: 0, max: 62 }).map(String);
  const word = fc.constantFrom("*", "L", "mon", "FRI", "jan", "dec", "x", "?", "");
  const part = fc.oneof(number, word);
  const item = fc.oneof(
    part,
    fc.tuple(part, part).map((ends) => ends.join("-")),
    fc.tuple(part, number).map((step) => step.join("/")),
    fc.tuple(number, number, number).map(([a, b, c]) => `${a}-${b}/${c}`),
  );
  const field = fc.oneof(
    { weight: 3, arbitrary: fc.constant("*") },
    { weight: 2, arbitrary: item },
    { weight: 1, arbitrary: fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(",")) },
  );
  fc.assert(
    fc.property(fc.array(field, { minLength: 5, maxLength: 6 }), (fields) => {
      const expression = fields.join(" ");
      if (accepts(() => checkCron(expression)))
        expect(
          accepts(() => new Cron(expression, { paused: true })),
          expression,
        ).toBe(true);
    }),
    { numRuns: 5000 },
  );
});
