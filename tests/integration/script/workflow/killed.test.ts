import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decode } from "cbor-x";
import { beforeAll, describe, expect, test } from "vitest";
import { openJournal } from "../../../../runtime/store/index.ts";
import { tempFolder } from "../../../support/temp-folder.ts";
import { buildKeepers, FIRST, OTHER } from "./keepers.ts";

const MORTAL = fileURLToPath(new URL("mortal.ts", import.meta.url));

beforeAll(async () => {
  await buildKeepers(FIRST, OTHER);
});

async function live(
  folder: string,
  end: string,
  fault: string | undefined,
): Promise<{ code: number | null; signal: string | null }> {
  const env = { ...process.env, ...(fault !== undefined && { STEPPPS_FAULT: fault }) };
  const child = spawn(process.execPath, [MORTAL, folder, end], { env, stdio: ["ignore", "inherit", "inherit"] });
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  return { code, signal };
}

/** 31 a step, as the first version counts; `in/bad` is worth 7 to it. */
function total(): bigint {
  let sum = 0n;
  for (let n = 1; n <= 35; n++) sum = BigInt.asIntN(64, sum * 31n + (n % 7 === 0 ? 7n : BigInt(n)));
  return sum;
}

describe("a process killed on the way to a rollback goes on with it: no input is lost, none is applied twice", () => {
  test.each([
    "deploy:after-store:kill",
    "swap:before-first:kill",
    "rollback:before-restore:kill",
    "rollback:after-restore:kill",
    "rerun:between:kill",
    "rerun:between:kill@3",
    "ack:before:kill@18",
    "output:before-send:kill@22",
    "output:after-send:kill@31",
    ...[12, 14, 24, 36, 37, 38, 40, 43].flatMap((skip) => [
      `commit:after-write:kill@${skip}`,
      `commit:after-commit:kill@${skip}`,
    ]),
  ])("%s", async (fault) => {
    using folder = tempFolder("mortal");
    expect(await live(folder.path, "restore", fault)).toEqual({ code: null, signal: "SIGKILL" });
    // Again and again on the way, where each life gets a little further.
    if (fault.startsWith("rerun:")) for (let i = 0; i < 3; i++) await live(folder.path, "restore", fault);
    expect(await live(folder.path, "restore", undefined)).toEqual({ code: 0, signal: null });
    const journal = await openJournal({ file: `${folder.path}/journal.db` });
    const state = new Map((await journal.read("state.all", "keeper")).map(({ key, value }) => [key, Buffer.from(value)]));
    expect(await journal.read("plugin.one", "keeper")).toMatchObject([{ version: "1.0.0" }]);
    for (const query of ["probation.head", "rerun.one", "pending.all"] as const)
      expect(await journal.read(query, "keeper")).toEqual([]);
    expect(await journal.read("dead.all", "keeper", 10)).toEqual([]);
    expect(decode(state.get("total") as Buffer)).toBe(total());
    await journal.close();
    const heard = readFileSync(`${folder.path}/sent`, "utf8")
      .split("\n")
      .filter((line) => line.startsWith("out/heard"));
    const wanted = Array.from({ length: 35 }, (_, i) => i + 1).filter((n) => n % 7 !== 0);
    expect(new Set(heard)).toEqual(new Set(wanted.map((n) => `out/heard ${n}`)));
  });
});

test("a version that passed its gate stays, though the process is killed before that is written down", async () => {
  using folder = tempFolder("mortal");
  expect(await live(folder.path, "settle", "gate:before-settle:kill")).toMatchObject({ signal: "SIGKILL" });
  expect(await live(folder.path, "settle", undefined)).toEqual({ code: 0, signal: null });
  const journal = await openJournal({ file: `${folder.path}/journal.db` });
  expect(await journal.read("plugin.one", "keeper")).toMatchObject([{ version: "2.0.0" }]);
  expect(await journal.read("probation.head", "keeper")).toEqual([]);
  await journal.close();
});
