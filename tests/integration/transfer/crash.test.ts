import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { openJournal } from "../../../runtime/store/index.ts";
import { artefactId } from "../../../runtime/transfer/index.ts";
import { freePort, temporaryFolder } from "../mqtt/support.ts";
import { send, startDevice } from "./support.ts";

const VICTIM = fileURLToPath(new URL("./victim.ts", import.meta.url));

function noise(length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) => createHash("sha256").update(`crash ${i}`).digest());
  return new Uint8Array(Buffer.concat(blocks).subarray(0, length));
}

/** A device in a process of its own, started again whenever it dies; the first runs have faults. */
async function mortal(faults: readonly string[]) {
  const folder = temporaryFolder();
  const [journal, taken] = [join(folder, "journal.db"), join(folder, "taken")];
  const port = await freePort();
  const signals: (NodeJS.Signals | null)[] = [];
  let child: ChildProcess | undefined;
  let over = false;
  const start = (run: number) => {
    child = spawn(process.execPath, [VICTIM, journal, String(port), taken, faults[run] ?? ""], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    child.once("close", (_, signal) => {
      if (over) return;
      signals.push(signal);
      start(run + 1);
    });
    return new Promise<void>((resolve) => child?.stdout?.once("data", () => resolve()));
  };
  const end = async () => {
    if (over) return;
    over = true;
    const closed = new Promise((resolve) => child?.once("close", resolve));
    child?.kill("SIGKILL");
    await closed;
  };
  onTestFinished(end);
  await start(0);
  const lines = () => (existsSync(taken) ? readFileSync(taken, "utf8").trim().split("\n") : []);
  return { port, journal, signals, lines, end };
}

const BYTES = noise(120_000);

test.each([
  [["transfer:after-chunk:kill@3"]],
  [["transfer:after-chunk:kill@0", "transfer:after-chunk:kill@1", "transfer:after-chunk:kill@2"]],
  [["transfer:whole:kill@0"]],
  [["transfer:after-chunk:kill@5", "transfer:whole:kill@0"]],
])("killed at %j: the transfer goes on where it was", async (faults) => {
  const device = await mortal(faults);
  // Small pieces: a link that seems slow.
  const id = artefactId(BYTES);
  const done = { id, step: "gate", outcome: "done", ok: true, time: 0, millis: 1 } as const;
  const lookUp = async () => (device.lines().some((line) => line.startsWith(id)) ? done : undefined);
  const sent = await send(device.port, BYTES, { patience: 30_000, pieceBytes: 8192, lookUp });
  expect(device.signals).toEqual(faults.map(() => "SIGKILL"));
  // Handed on again after a crash in between, which whoever takes it knows; never another.
  expect(new Set(device.lines())).toEqual(new Set([`${id} ${BYTES.length}`]));
  // What was under way when it died, and no more: two pieces a death. One that was whole may have been handed on before its sender
  // is back, and whoever took it here keeps nothing: a device finds it among its versions.
  const whole = faults.some((fault) => fault.startsWith("transfer:whole"));
  expect(sent.sentTwice).toBeLessThanOrEqual(whole ? sent.chunks : faults.length * 2 * 20);
  await device.end();
  const journal = await openJournal({ file: device.journal });
  onTestFinished(() => journal.close());
  expect((await journal.read("transfer.all")).length).toBeLessThanOrEqual(1);
});

test("a disk that is full: the sender is told, nothing of it is kept, and it is taken when there is room", async () => {
  const journal = await openJournal({ file: join(temporaryFolder(), "journal.db"), limitBytes: 2_000_000 });
  onTestFinished(() => journal.close());
  const device = await startDevice({ journal });
  const large = noise(3_000_000);
  await expect(send(device.port, large)).rejects.toMatchObject({ code: "E_STORE_FULL" });
  expect(device.taken).toEqual([]);
  expect(await journal.read("transfer.all")).toEqual([]);
  expect(await device.staged()).toBe(0);
  await send(device.port, BYTES);
  expect(device.taken.map(({ id }) => id)).toEqual([artefactId(BYTES)]);
});
