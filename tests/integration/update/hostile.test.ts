import {
  closeSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { generateKeys } from "../../../runtime/trust/index.ts";
import { bodyAt } from "../../../runtime/update/index.ts";
import { fillDisk, mountSmallDisk } from "../../support/small-disk.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { bundleOf, imageFiles } from "./images.ts";
import { flash, machineParts, Run, type RunOptions } from "./machine.ts";
import { type StaticServer, serveFile } from "./static-server.ts";

const MIB = 1024 * 1024;
const keys = generateKeys();
const OPTIONS: RunOptions = { owners: [keys.public] };

interface Case {
  readonly path: string;
  readonly bundle: string;
  readonly envelope: number;
  readonly server: StaticServer;
  readonly run: Run;
}

/** A machine with 1.0.0 in slot a that is brought a bundle. */
async function setUp(
  bundleOptions: object = {},
  { options = OPTIONS, signer = keys, data }: { options?: RunOptions; signer?: typeof keys; data?: string } = {},
): Promise<Case> {
  const temp = tempFolder("update-hostile");
  onTestFinished(() => temp[Symbol.dispose]());
  const { path } = temp;
  if (data !== undefined) symlinkSync(data, machineParts(path).data);
  await flash(path, imageFiles(join(path, "v1"), "1.0.0"), 8 * MIB);
  const bundle = join(path, "image.bundle");
  const written = await bundleOf(bundle, imageFiles(join(path, "v2"), "1.1.0"), signer, { version: "1.1.0", ...bundleOptions });
  const server = await serveFile(bundle);
  const run = await Run.start(path, options);
  onTestFinished(() => run.off());
  return { path, bundle, envelope: written.envelope.length, server, run };
}

/** Nothing at work was touched, and the other slot isn't started. */
function expectUnharmed({ path }: Case): void {
  expect(readFileSync(join(machineParts(path).boot, "slots.txt"), "utf8")).toBe("good=a\n");
}

describe("refused before anything is written", () => {
  const cases: readonly [string, string, () => Promise<Case>][] = [
    ["another board's", "E_IMAGE_BOARD", () => setUp({ board: "raspberry-pi-4" })],
    ["one that has expired", "E_IMAGE_EXPIRED", () => setUp({ expires: Date.UTC(2020, 0, 1) })],
    ["one that needs a version in between", "E_IMAGE_MINIMUM", () => setUp({ minimum: "1.0.5" })],
    ["one that a stranger signed", "E_ENVELOPE_SIGNER", () => setUp({}, { signer: generateKeys() })],
    ["one that is too large for the slot", "E_IMAGE_SIZE", () => smallSlot()],
    ["one older than what came before", "E_TRUST_DOWNGRADE", () => older()],
    ["one older than the version that was flashed", "E_TRUST_DOWNGRADE", () => setUp({ version: "0.9.0" })],
    ["no bundle at all", "E_IMAGE", () => damaged((bytes) => bytes.fill(0, 0, 8))],
    ["one with a flipped bit in what is signed", "E_ENVELOPE_SIGNATURE", () => damaged((bytes) => flip(bytes, 600))],
    ["one without a signature", "E_ENVELOPE_FORMAT", () => damaged((bytes) => bytes.fill(0, 12, 40))],
    ["one with an envelope of 4 GB", "E_IMAGE", () => damaged((bytes) => bytes.fill(0xff, 8, 12))],
    ["one cut short in its envelope", "E_IMAGE", () => cutShort(300)],
    ["an empty file", "E_IMAGE", () => cutShort(0)],
  ];

  test.each(cases)("%s: %s", async (_name, code, make) => {
    const given = await make();
    await expect(given.run.updates.deploy({ url: given.server.url })).rejects.toMatchObject({ code });
    await expect(given.run.updates.deploy({ file: given.bundle })).rejects.toMatchObject({ code });
    expect(given.run.updates.status().update).toBeUndefined();
    expect(readFileSync(machineParts(given.path).partitions.b).every((byte) => byte === 0)).toBe(true);
    expectUnharmed(given);
  });

  test("a server that knows no ranges: E_UPDATE_RANGES", async () => {
    const given = await setUp();
    given.server.answer = (_request, response) => {
      response.writeHead(200, { "content-length": statSync(given.bundle).size });
      response.end(readFileSync(given.bundle));
      return true;
    };
    await expect(given.run.updates.deploy({ url: given.server.url })).rejects.toMatchObject({ code: "E_UPDATE_RANGES" });
  });

  test("a server that sends other bytes than were asked for: E_UPDATE_RANGES", async () => {
    const given = await setUp();
    given.server.answer = (_request, response) => {
      response.writeHead(206, { "content-range": "bytes 5-16/100", "content-length": 12 });
      response.end(Buffer.alloc(12));
      return true;
    };
    await expect(given.run.updates.deploy({ url: given.server.url })).rejects.toMatchObject({ code: "E_UPDATE_RANGES" });
  });

  test.each([
    [404, "Not Found"],
    [500, "Internal Server Error"],
  ])("a server that answers %i: E_UPDATE_SOURCE", async (status, text) => {
    const given = await setUp();
    given.server.answer = (_request, response) => {
      response.writeHead(status, text).end();
      return true;
    };
    await expect(given.run.updates.deploy({ url: given.server.url })).rejects.toMatchObject({ code: "E_UPDATE_SOURCE" });
  });

  test("a server that sends a byte now and then: E_UPDATE_SOURCE, and the next one is not kept waiting", async () => {
    const given = await setUp({}, { options: { ...OPTIONS, idleMs: 2000 } });
    const bytes = readFileSync(given.bundle).subarray(0, 12);
    given.server.answer = (_request, response) => {
      response.writeHead(206, { "content-range": `bytes 0-11/${bytes.length}`, "content-length": bytes.length });
      let sent = 0;
      const drip = setInterval(() => response.write(bytes.subarray(sent, ++sent)), 500);
      response.once("close", () => clearInterval(drip));
      return true;
    };
    await expect(given.run.updates.deploy({ url: given.server.url })).rejects.toMatchObject({
      code: "E_UPDATE_SOURCE",
      detail: expect.stringContaining("less than 1 KiB a second"),
    });
    given.server.answer = undefined;
    await expect(given.run.updates.deploy({ url: given.server.url })).resolves.toMatchObject({ version: "1.1.0" });
  });

  test("a server that sends on and on: what was asked for is taken, and no more", async () => {
    const given = await setUp();
    const whole = readFileSync(given.bundle);
    let sent = 0;
    given.server.answer = ({ headers }, response) => {
      const [, from = "0"] = /bytes=(\d+)-/.exec(headers.range ?? "") ?? [];
      response.writeHead(206, { "content-range": `bytes ${from}-${whole.length - 1}/${whole.length}` });
      response.write(whole.subarray(Number(from)));
      const more = setInterval(() => response.write(Buffer.alloc(65_536), () => (sent += 65_536)), 1);
      response.once("close", () => clearInterval(more));
      return true;
    };
    await given.run.updates.deploy({ url: given.server.url });
    await given.run.restarted;
    expect(sent).toBeLessThan(64 * MIB);
  });

  test("a server that sends elsewhere for ever: E_UPDATE_SOURCE", async () => {
    const given = await setUp();
    given.server.answer = (_request, response) => {
      response.writeHead(302, { location: given.server.url }).end();
      return true;
    };
    await expect(given.run.updates.deploy({ url: given.server.url })).rejects.toMatchObject({ code: "E_UPDATE_SOURCE" });
  });

  test("a data partition without room: E_DISK_FULL", async () => {
    const disk = mountSmallDisk(12 * 1024);
    if (!disk) return;
    onTestFinished(() => disk.unmount());
    const given = await setUp({}, { data: disk.folder });
    await expect(given.run.updates.deploy({ file: given.bundle })).rejects.toMatchObject({ code: "E_DISK_FULL" });
    expectUnharmed(given);
  });

  test("a data partition that fills meanwhile: E_DISK_FULL, and it goes on when there is room", async () => {
    const disk = mountSmallDisk(48 * 1024);
    if (!disk) return;
    onTestFinished(() => disk.unmount());
    const given = await setUp({}, { data: disk.folder, options: { ...OPTIONS, settings: { approve: true } } });
    const { id } = await given.run.updates.deploy({ file: given.bundle });
    await given.run.report(({ outcome }) => outcome === "waiting");
    fillDisk(disk.folder);
    await expect(given.run.updates.approve(id)).rejects.toMatchObject({ code: "E_DISK_FULL" });
    expectUnharmed(given);
    rmSync(join(disk.folder, "ballast"));
    await given.run.updates.approve(id);
    await given.run.restarted;
  });

  test("a second update while one is under way: E_UPDATE_BUSY", async () => {
    const given = await setUp({}, { options: { ...OPTIONS, settings: { window: distantWindow() } } });
    await given.run.updates.deploy({ url: given.server.url });
    const other = join(given.path, "other.bundle");
    await bundleOf(other, imageFiles(join(given.path, "v3"), "1.2.0"), keys, { version: "1.2.0" });
    await expect(given.run.updates.deploy({ file: other })).rejects.toMatchObject({ code: "E_UPDATE_BUSY" });
    await expect(given.run.updates.rollback()).rejects.toMatchObject({ code: "E_UPDATE_BUSY" });
  });
});

describe("ended on its way, with nothing at work changed", () => {
  test("a bundle with a flipped bit in a block: E_IMAGE_BLOCK", async () => {
    const given = await damaged((bytes, envelope) => flip(bytes, bodyAt(envelope) + 4500));
    await expectRefusal(given, "E_IMAGE_BLOCK");
  });

  test("a bundle that is cut short behind its envelope: E_IMAGE", async () => {
    const given = await setUp();
    const file = openSync(given.bundle, "r+");
    ftruncateSync(file, bodyAt(given.envelope) + 20_000);
    closeSync(file);
    await expectRefusal(given, "E_IMAGE");
  });

  test("a file that is another one since the update began: E_UPDATE_CHANGED", async () => {
    const given = await setUp();
    const { server } = given;
    let requests = 0;
    server.answer = () => {
      // Two for the header; the third is of blocks and is cut, then the file is replaced
      if (++requests === 4) writeFileSync(given.bundle, readFileSync(given.bundle));
      return false;
    };
    server.cuts = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 3000];
    await expectRefusal(given, "E_UPDATE_CHANGED");
  });

  test("a key that is taken away meanwhile: E_ENVELOPE_SIGNER", async () => {
    const owners = [keys.public];
    const given = await setUp({}, { options: { owners, settings: { approve: true } } });
    const { id } = await given.run.updates.deploy({ url: given.server.url });
    await given.run.report(({ outcome }) => outcome === "waiting");
    owners.splice(0, 1, generateKeys().public);
    await given.run.updates.approve(id);
    const report = await given.run.report(({ outcome }) => outcome === "refused");
    expect(report.error?.code).toBe("E_ENVELOPE_SIGNER");
    expectUnharmed(given);
  });
});

async function expectRefusal(given: Case, code: string): Promise<void> {
  await given.run.updates.deploy({ url: given.server.url });
  const report = await given.run.report(({ outcome }) => outcome === "refused");
  expect(report.error?.code).toBe(code);
  expect(report.step).toBe("fetch");
  expectUnharmed(given);
}

async function smallSlot(): Promise<Case> {
  const given = await setUp();
  truncateSync(machineParts(given.path).partitions.b, 5 * MIB);
  return given;
}

async function older(): Promise<Case> {
  const given = await setUp();
  await given.run.journal.commit([["trust.floor.set", "image/qemu-arm64", "1.1.1"]]);
  return given;
}

/** A bundle that is not as it was written; `change` gets its bytes and how long its envelope is. */
async function damaged(change: (bytes: Buffer, envelope: number) => unknown): Promise<Case> {
  const given = await setUp();
  const bytes = readFileSync(given.bundle);
  change(bytes, given.envelope);
  writeFileSync(given.bundle, bytes);
  return given;
}

async function cutShort(length: number): Promise<Case> {
  const given = await setUp();
  writeFileSync(given.bundle, readFileSync(given.bundle).subarray(0, length));
  return given;
}

function flip(bytes: Buffer, at: number): void {
  bytes[at] = (bytes[at] as number) ^ 1;
}

/** A maintenance window that is not now. */
function distantWindow(): string {
  const hour = (offset: number) => String((new Date().getUTCHours() + offset) % 24).padStart(2, "0");
  return `${hour(6)}:00-${hour(7)}:00`;
}
