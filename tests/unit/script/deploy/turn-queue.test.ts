import { expect, test } from "vitest";
import { TurnQueue } from "../../../../runtime/script/deploy/turn-queue.ts";

/** A queue, and changes that say when they begin and when they are over. */
function queue(limit = 10) {
  const turns = new TurnQueue(limit);
  const said: string[] = [];
  const change = (name: string, work: () => Promise<void> = async () => {}) => {
    return async () => {
      said.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      await work();
      said.push(`${name} ends`);
    };
  };
  return { turns, said, change };
}

test("one after the other, whatever becomes of those before", async () => {
  const { turns, said, change } = queue();
  const failing = turns.always(
    "a",
    change("first", () => Promise.reject(new Error("as told"))),
  );
  const all = [turns.always("b", change("second")), turns.run("a", change("third"))];
  await expect(failing).rejects.toThrow("as told");
  await Promise.all(all);
  expect(said).toEqual(["first begins", "second begins", "second ends", "third begins", "third ends"]);
});

test("one that steps aside holds up its own plugin, and no other", async () => {
  const { turns, said, change } = queue();
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = turns.always(
    "a",
    change("waiting", () => turns.aside(() => promise)),
  );
  const same = turns.always("a", change("same plugin"));
  await Promise.all([turns.always("b", change("another")), turns.always("c", change("and another"))]);
  expect(said).toEqual(["waiting begins", "another begins", "another ends", "and another begins", "and another ends"]);
  // It goes on when nobody else is at it.
  const last = turns.always(
    "b",
    change("last", async () => resolve()),
  );
  await Promise.all([first, same, last]);
  expect(said.slice(5)).toEqual(["last begins", "last ends", "waiting ends", "same plugin begins", "same plugin ends"]);
  await turns.idle();
});

test("more than may wait are refused; what the device itself has to do is not", async () => {
  const { turns, change } = queue(2);
  const all = [turns.run("a", change("1")), turns.run("b", change("2")), turns.always("c", change("3"))];
  await expect(turns.run("d", change("4"))).rejects.toThrow("E_DEPLOY_BUSY");
  await Promise.all(all);
  await turns.run("d", change("5"));
});
