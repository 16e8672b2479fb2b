import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Expiry } from "../../../runtime/mqtt/broker/persistence/expiry.ts";
import { JournalPersistence } from "../../../runtime/mqtt/broker/persistence/journal-persistence.ts";
import { DEFAULT_LIMITS } from "../../../runtime/mqtt/limits.ts";
import { Tally } from "../../../runtime/mqtt/tally.ts";
import { openJournal } from "../../../runtime/store/index.ts";
import { temporaryFolder } from "./support.ts";

async function persistence(file: string) {
  const journal = await openJournal({ file });
  const reports: string[] = [];
  const tally = new Tally(({ code }) => reports.push(code));
  const made = new JournalPersistence({ journal, limits: DEFAULT_LIMITS, tally, onChange: () => {} });
  await made.setup({ id: "broker", counter: 0 });
  const expiry = new Expiry({ journal, sessions: made.sessions, hours: 3, tally });
  let open = true;
  const close = async () => {
    if (!open) return;
    open = false;
    made.close();
    await journal.close();
  };
  onTestFinished(close);
  return { ...made, sessions: made.sessions, made, expiry, reports, close };
}

const LINK = { deliver: () => {} };

test("a session without its client ends after its hours, counted over restarts; one with its client does not", async () => {
  const file = join(temporaryFolder(), "journal.db");
  const first = await persistence(file);
  for (const id of ["away", "here"]) await first.made.addSubscriptions({ id }, [{ topic: `${id}/#`, qos: 1 }]);
  first.sessions.find("here")?.attach(LINK);
  await first.made.outgoingEnqueue(
    { clientId: "away" },
    { cmd: "publish", topic: "away/1", payload: Buffer.from("x"), qos: 1, retain: false, dup: false },
  );
  await first.expiry.hourPassed();
  await first.expiry.hourPassed();
  expect(first.sessions.find("away")?.queue.size).toBe(1);
  await first.close();

  const second = await persistence(file);
  second.sessions.find("here")?.attach(LINK);
  expect(second.sessions.find("away")).toMatchObject({ away: 2 });
  await second.expiry.hourPassed();
  expect(second.reports).toEqual(["E_MQTT_SESSION_EXPIRED"]);
  expect(second.sessions.find("away")).toBeUndefined();
  expect(second.sessions.wanting("away/1")).toEqual([]);
  expect(second.sessions.wanting("here/1")).toHaveLength(1);
  await second.close();

  const third = await persistence(file);
  expect([...third.sessions.all()].map(({ clientId }) => clientId)).toEqual(["here"]);
});

test("who comes back in time begins anew, and costs no write while it stays", async () => {
  const file = join(temporaryFolder(), "journal.db");
  const { made, sessions, expiry, reports } = await persistence(file);
  await made.addSubscriptions({ id: "one" }, [{ topic: "a", qos: 1 }]);
  const session = sessions.find("one");
  await expiry.hourPassed();
  await expiry.hourPassed();
  session?.attach(LINK);
  await expiry.hourPassed();
  expect(session).toMatchObject({ away: 0, awayStored: undefined });
  session?.detach(LINK);
  await expiry.hourPassed();
  await expiry.hourPassed();
  expect(sessions.find("one")).toBe(session);
  expect(reports).toEqual([]);
});
