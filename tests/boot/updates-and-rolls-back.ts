import { strict as assert } from "node:assert";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { SlotContents } from "../../images/disk/slot.ts";
import { accessTo, emulatedDocument } from "../../images/qemu/access.ts";
import { EmulatedDevice } from "../../images/qemu/emulated-device.ts";
import { freePort } from "../../images/qemu/free-port.ts";
import { startTimes } from "../../images/qemu/phases.ts";
import type { ImageStatus, UpdateReport } from "../../runtime/contract/index.ts";
import { type Ended, steppps } from "../support/cli.ts";
import { bundleOf } from "./bundle-of.ts";
import type { Subject } from "./subject.ts";

/** This machine, as the emulator's own network names it. */
const HOST = "10.0.2.2";
const NEXT = "0.1.1";
const BROKEN = "0.1.2";
const TRIES = 3;

/**
 * A version that is fetched from this machine passes its gate and stays. One whose root can't be what its signed command line says
 * does not start, three times; then the version before is at work again, says why, and does not take that one any more.
 */
export async function updatesAndRollsBack({ board, image, build, folder, tools }: Subject): Promise<void> {
  const keys = join(folder, "keys");
  await mkdir(folder, { recursive: true });
  const access = accessTo(folder, board.name.replaceAll("_", "-"));
  const port = await freePort(0);
  const forwards = [{ host: port, device: 1883 }];
  const device = new EmulatedDevice({ arch: board.arch, folder, firmware: board.bootControl !== "direct", forwards }, tools);
  await device.insert(image);
  const document = `${await emulatedDocument(access, keys)}updates:\n  gateSeconds: 5\n`;
  await (await device.card()).writeText("steppps.yaml", document);
  const contents = await build(NEXT);
  const next = await bundleOf(contents, NEXT, folder, keys);
  const broken = await bundleOf(withAnotherRootHash(contents), BROKEN, folder, keys);
  const broker = `mqtt://${access.user}:${access.password}@127.0.0.1:${port}`;
  const update = (...args: string[]) =>
    steppps(["update", ...args, "--json", "--device", access.device, "--broker", broker, "--timeout", "1m"], {
      data: join(folder, "data"),
      env: { STEPPPS_KEYS: keys },
    });
  const deploy = (bundle: string) => update("deploy", bundle, "--serve-as", HOST, "--wait");
  try {
    await device.start();
    await startTimes(device.console, 0);
    await device.console.line(/network\.changed .* 10\.0\.2\./);

    const taken = resultOf(await deploy(next)) as UpdateReport;
    assert.deepEqual(pick(taken), { outcome: "done", version: NEXT, slot: "b" });
    assert.equal(device.starts, 2);

    assert.equal(errorOf(await deploy(broken)), "E_UPDATE_BOOT");
    const panics = device.console.lines.filter((line) => /Kernel panic .* dm-verity device corrupted/.test(line));
    assert.equal(panics.length, TRIES);
    assert.equal(device.starts, 2 + TRIES + 1);
    const status = resultOf(await update("status")) as ImageStatus;
    assert.deepEqual([status.version, status.slot, status.blessed], [NEXT, "b", true]);
    assert.ok(status.update);
    assert.deepEqual(pick(status.update), { outcome: "rolled-back", version: BROKEN, slot: "a" });
    assert.equal(status.update.error?.code, "E_UPDATE_BOOT");

    assert.equal(errorOf(await deploy(broken)), "E_UPDATE_REJECTED");
    assert.equal(device.starts, 2 + TRIES + 1);
  } finally {
    await device.cutPower();
  }
}

function withAnotherRootHash(contents: SlotContents): SlotContents {
  const commandLine = contents.commandLine.replaceAll(contents.root.rootHash, "0".repeat(64));
  assert.notEqual(commandLine, contents.commandLine);
  return { ...contents, commandLine };
}

function pick({ outcome, version, slot }: UpdateReport) {
  return { outcome, version, slot };
}

function resultOf({ code, stdout, stderr }: Ended): unknown {
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** The code of the error that a command failed with. */
function errorOf({ code, stdout, stderr }: Ended): string {
  assert.equal(code, 1, stdout + stderr);
  return JSON.parse(stderr).error.code;
}
