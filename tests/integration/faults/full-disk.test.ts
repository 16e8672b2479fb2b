import { rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, test, vi } from "vitest";
import type { DeployReport } from "../../../runtime/contract/index.ts";
import { fillDisk, mountSmallDisk } from "../../support/small-disk.ts";
import type { Built } from "../script/guests.ts";
import { type Act, gateSeconds, POINTS } from "./acts.ts";
import { buildTally, endOf, until, World } from "./world.ts";

vi.setConfig({ maxConcurrency: 8, testTimeout: 120_000 });

let tally: Built;
beforeAll(async () => {
  tally = await buildTally();
});

/** So many messages beyond: what was let go of makes room for them, and nobody need be told. */
const ENOUGH = 500;
/** A machine that is busy may make a good version wait; what counts here is that the one before is back then. */
const GOOD = /^(done|refused E_STORE_FULL|rolled-back E_GATE_(LAG|SLOW))$/;
const BAD = /^(rolled-back E_GATE_[A-Z]+|refused E_STORE_FULL)$/;
/** Tried anew after a restart, with what it failed at on record. */
const BAD_TRIAL = /^(rolled-back E_GATE_[A-Z]+|refused E_(STORE_FULL|DEPLOY_SHADOW))$/;
/** How the last deploy may end. */
const ENDS: Readonly<Record<Act, RegExp>> = {
  messages: /^done$/,
  "a timer": /^done$/,
  "new metadata": /^done$/,
  "a good version": GOOD,
  "a good one on trial": GOOD,
  "a bad one": BAD,
  "a bad one on trial": BAD_TRIAL,
  "one that can't be started again": /^rolled-back E_GATE_START$/,
  "one that is approved": GOOD,
  "one that the document names": GOOD,
};

describe.concurrent("the disk becomes full", () => {
  for (const [point, act] of POINTS) {
    for (const end of ["goes on when there is room", "goes on with a restart"] as const) {
      test(`${act}, at ${point}: ${end}`, async ({ expect }) => {
        const disk = mountSmallDisk(32 * 1024);
        if (!disk) throw new Error("this test fills a disk of its own: run it as root");
        try {
          await using world = await World.open({
            tally,
            data: join(disk.folder, "data"),
            ballast: 16 * 1024,
            gateSeconds: gateSeconds(act),
          });
          world.device.at(point, () => fillDisk(disk.folder));
          world.act(act);
          await until(() => world.device.happened, `${point} is passed`);
          const before = world.acknowledged;
          const full = () => JSON.stringify(world.device.events).includes("E_STORE_FULL");
          await until(
            () => full() || world.device.down || world.acknowledged > before + ENOUGH,
            "somebody is told that the disk is full, or all goes on",
          );
          if (end === "goes on with a restart") await world.device.stop();
          rmSync(join(disk.folder, "ballast"));
          if (end === "goes on with a restart") await world.device.start();
          else await world.device.up();
          await world.deploys();
          await world.judge();
          // What the document names comes once the device has read that.
          let deploys: DeployReport[] = [];
          await until(async () => {
            deploys = await world.deploys();
            return world.version === deploys.find(({ outcome }) => outcome === "done")?.version;
          }, "the last version that did well is at work");
          expect(endOf(deploys[0] as DeployReport)).toMatch(ENDS[act]);
          if (deploys[0]?.outcome !== "refused") return;
          // For want of room: now there is some.
          world.resume();
          await world.deploy();
          await world.judge();
        } finally {
          disk.unmount();
        }
      });
    }
  }
});
