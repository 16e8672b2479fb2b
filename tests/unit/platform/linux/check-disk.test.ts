import { expect, test } from "vitest";
import { checkDisk, type Disk, diskNamed } from "../../../../runtime/platform/index.ts";

const stick: Disk = {
  name: "sdb",
  path: "/dev/sdb",
  model: "SanDisk Ultra",
  serial: "",
  size: 1000,
  removable: true,
  readOnly: false,
  uses: [],
};
const used = (...whats: string[]) => ({ uses: whats.map((what) => ({ device: "sdb1", what })) });

test.each([
  ["E_MEDIUM_SYSTEM", used("/")],
  ["E_MEDIUM_SYSTEM", used("/media/me", "/boot/efi")],
  ["E_MEDIUM_SYSTEM", used("swap")],
  ["E_MEDIUM_BUSY", used("/media/me")],
  ["E_MEDIUM_BUSY", used("dm-0")],
  ["E_MEDIUM_FIXED", { removable: false }],
  ["E_MEDIUM_READ_ONLY", { readOnly: true }],
  ["E_MEDIUM_SMALL", { size: 999 }],
] as const)("refuses with %s: %o", (code, change) => {
  expect(() => checkDisk({ ...stick, ...change }, { size: 1000, anyDisk: false })).toThrow(code);
});

test("a card that is free and large enough is taken; a built-in disk only when that is asked for", () => {
  checkDisk(stick, { size: 1000, anyDisk: false });
  checkDisk({ ...stick, removable: false }, { size: 1000, anyDisk: true });
});

test("asking for any disk does not make the system's own one of them, nor one in use", () => {
  for (const what of ["/", "/media/me"])
    expect(() => checkDisk({ ...stick, ...used(what), removable: false }, { size: 1, anyDisk: true })).toThrow(
      /E_MEDIUM_(SYSTEM|BUSY)/,
    );
});

test("a disk is named by its path or its name; a partition or anything else is refused with those that there are", () => {
  expect(diskNamed("/dev/sdb", [stick])).toBe(stick);
  expect(diskNamed("sdb", [stick])).toBe(stick);
  for (const name of ["/dev/sdb1", "/dev/sd", "", "/dev/../dev/sdb"])
    expect(() => diskNamed(name, [stick])).toThrow(/E_MEDIUM_UNKNOWN.*\/dev\/sdb, SanDisk Ultra, 0.0 GB/);
});
