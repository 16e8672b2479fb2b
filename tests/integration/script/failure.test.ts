import { beforeAll, describe, expect, test } from "vitest";
import { dropDeadLetter, replayDeadLetter, showDeadLetter } from "../../../runtime/script/index.ts";
import { type Built, build } from "./guests.ts";
import { Device, variant } from "./support.ts";

let puppet: Built;
beforeAll(async () => {
  [puppet] = (await build("puppet")) as [Built];
});

describe("an input that fails", () => {
  test("undoes what it did, and nothing of what came in the same batch", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    await Promise.all([
      device.send("do/add", 1),
      device.send("do/trap"),
      device.send("do/add", 2),
      device.send("do/abort"),
      device.send("do/add", 3),
    ]);
    await device.idle();
    expect(device.said("out/count")).toEqual(["1", "3", "6"]);
    expect(device.said("out/never")).toEqual([]);
  });

  test("is tried again, at once and later, then becomes a dead letter", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    await device.send("do/trap");
    await device.idle();
    expect(device.host.status()[0]).toMatchObject({ failures: 2, queued: 1, health: "backing-off" });
    await device.restart();
    await device.advance(1_000);
    await device.advance(10_000);
    const [dead] = await device.journal.read("dead.all", "puppet", 10);
    expect(dead).toMatchObject({ code: "E_GUEST_TRAP", version: "1.0.0" });
    expect(device.host.status()[0]).toMatchObject({ deadLetters: 1, queued: 0 });
  });

  test("and rejected itself is a dead letter at once", async () => {
    const device = await Device.start();
    await device.deploy(puppet);
    await device.send("do/reject", "x");
    await device.idle();
    expect(await device.journal.read("dead.all", "puppet", 10)).toMatchObject([{ code: "E_GUEST_REJECTED" }]);
    await device.send("do/add", 1);
    await device.idle();
    expect(device.said("out/count")).toEqual(["1"]);
  });

  test("is handled when it is replayed with a version that can", async () => {
    const device = await Device.start();
    const { handlers } = puppet.manifest;
    await device.deploy(puppet);
    await device.send("do/reject", "x");
    await device.idle();
    const [dead] = await device.journal.read("dead.all", "puppet", 10);
    const { journal, host } = device;
    const letter = dead?.id ?? "";
    expect(await showDeadLetter(journal, "puppet", letter)).toMatchObject({
      name: "do/reject",
      payload: "eA==",
    });
    await replayDeadLetter(journal, host, "puppet", letter);
    await device.idle();
    const again = await device.journal.read("dead.all", "puppet", 10);
    expect(again).toHaveLength(1);
    expect(again[0]?.id).not.toBe(letter);
    await dropDeadLetter(journal, "puppet", again[0]?.id ?? "");
    expect(await device.journal.read("dead.all", "puppet", 10)).toEqual([]);
    await expect(dropDeadLetter(journal, "puppet", "77")).rejects.toMatchObject({ code: "E_DEAD_LETTER_UNKNOWN" });
    expect(handlers.length).toBeGreaterThan(0);
  });
});

describe("a plugin that only fails", () => {
  test("is paused; what comes is kept and handled by the next version", async () => {
    const device = await Device.start({ retry: { waits: [0], pauseAfter: 4 } });
    await device.deploy(puppet);
    for (let i = 0; i < 2; i++) await device.send("do/trap");
    await device.idle();
    expect(device.host.status()[0]).toMatchObject({ health: "paused" });
    await device.send("do/add", 1);
    await device.send("do/add", 2);
    await device.idle();
    expect(device.said("out/count")).toEqual([]);
    expect(device.host.status()[0]).toMatchObject({ queued: 2 });
    await device.deploy(variant(puppet, { version: "1.0.1" }));
    await device.idle();
    expect(device.said("out/count")).toEqual(["1", "3"]);
  });

  test("gives way to the version before it, which does not give way to it again", async () => {
    const device = await Device.start({ retry: { waits: [0], pauseAfter: 2 } });
    await device.deploy(puppet);
    await device.deploy(variant(puppet, { version: "1.0.1" }));
    await device.send("do/trap");
    await device.idle();
    await device.send("do/add", 1);
    await device.idle();
    expect(device.said("out/count")).toEqual(["1"]);
    expect(device.host.status()[0]).toMatchObject({ version: "1.0.0", health: "healthy" });
    expect(device.kinds()).toContain("plugin.rolled-back");
    await device.restart();
    expect(device.host.status()[0]?.previousVersion).toBeUndefined();
    await expect(device.deploys.rollback("puppet")).rejects.toMatchObject({ code: "E_PLUGIN_NO_PREVIOUS" });
  });
});
