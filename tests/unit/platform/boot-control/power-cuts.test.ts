import { describe, expect, test } from "vitest";
import { type BootControlName, otherSlot, type Slot } from "../../../../runtime/contract/index.ts";
import { type BootControl, bootControl, installSteps } from "../../../../runtime/platform/index.ts";
import { FIRMWARE } from "../../../support/boot-firmware.ts";
import { type BootState, RecordedPartition } from "../../../support/boot-partition.ts";

const NAMES = Object.keys(FIRMWARE) as Exclude<BootControlName, "none">[];
const PARTS = ["kernel", "initramfs"];
/** Content of a kernel and an initramfs of each version, so that a mix of two is seen. */
const SOURCES = new Map(
  ["1", "2", "3"].flatMap((version) => PARTS.map((part) => [`/parts/${version}/${part}`, `${part} ${version}`])),
);

/** A flashed card: version 1 in slot a, nothing in slot b. */
async function flashed(name: (typeof NAMES)[number]): Promise<BootState> {
  const config = new Map(name === "tryboot" ? [["config.txt", "# mine\nos_prefix=a/\ndtparam=audio=on\n"]] : []);
  const volume = new RecordedPartition(SOURCES, { files: config, variables: new Map() });
  await volume.change(installSteps(name));
  const control = bootControl(name, volume);
  await stage(control, "a", "1");
  await control.bless("a");
  return volume.state;
}

function stage(control: BootControl, slot: Slot, version: string): Promise<void> {
  const files = Object.fromEntries(PARTS.map((part) => [part, `/parts/${version}/${part}`]));
  return control.stage(slot, { files, commandLine: `quiet steppps.slot={slot} v${version}` });
}

/** Which version a slot holds; throws where its files are of two. */
function versionIn({ files }: BootState, slot: Slot): string {
  const found = [
    ...PARTS.map((part) => files.get(`${slot}/${part}`)?.split(" ")[1]),
    files.get(`${slot}/cmdline`)?.split(" v")[1],
  ];
  expect(new Set(found).size, `slot ${slot} is whole`).toBe(1);
  expect(files.get(`${slot}/cmdline`)).toContain(`steppps.slot=${slot}`);
  return found[0] as string;
}

/** The slots of so many starts. A slot that is good already says so at each of them, as the engine does; none becomes good. */
async function starts(name: (typeof NAMES)[number], from: BootState, count: number, argument?: string): Promise<Slot[]> {
  const slots: Slot[] = [];
  let state = from;
  for (let i = 0; i < count; i++) {
    const started = FIRMWARE[name](state, i === 0 ? argument : undefined);
    versionIn(started.state, started.slot);
    slots.push(started.slot);
    const volume = new RecordedPartition(SOURCES, started.state);
    const control = bootControl(name, volume);
    if (await control.blessed(started.slot)) await control.bless(started.slot);
    state = volume.state;
  }
  return slots;
}

describe.each(NAMES)("%s: whatever the power cut leaves", (name) => {
  const firmware = FIRMWARE[name];

  test("an update, a bless, and an update back into the first slot always start a whole slot", async () => {
    let state = await flashed(name);
    let argument: string | undefined;
    expect(await starts(name, state, 3)).toEqual(["a", "a", "a"]);
    for (const [from, version] of [
      ["a", "2"],
      ["b", "3"],
    ] as const) {
      const to = otherSlot(from);
      const ended = async (act: (control: BootControl) => Promise<unknown>, allowed: readonly Slot[], last: Slot) => {
        const volume = new RecordedPartition(SOURCES, state);
        await act(bootControl(name, volume));
        for (const cut of volume.states) expect(allowed).toContain((await starts(name, cut, 1))[0]);
        state = volume.state;
        expect(await starts(name, state, 1, argument)).toEqual([last]);
      };
      await ended((control) => control.retire(to), [from], from);
      await ended((control) => stage(control, to, version), [from], from);
      const restarted = async (control: BootControl) => {
        argument = (await control.try(to)).argument;
      };
      await ended(restarted, [from, to], to);
      expect((await starts(name, state, 6, argument)).slice(-2), "without a bless it goes back").toEqual([from, from]);
      ({ state } = firmware(state, argument));
      argument = undefined;
      expect(await bootControl(name, new RecordedPartition(SOURCES, state)).blessed(to)).toBe(false);
      await ended((control) => control.bless(to), [from, to], to);
      expect(await starts(name, state, 6)).toEqual(Array(6).fill(to));
      expect(await bootControl(name, new RecordedPartition(SOURCES, state)).blessed(to)).toBe(true);
      expect(versionIn(state, to)).toBe(version);
      expect(versionIn(state, from)).toBe(String(Number(version) - 1));
    }
  });

  test("a bless that was cut short anywhere can be made again, and then holds", async () => {
    const state = await flashed(name);
    const volume = new RecordedPartition(SOURCES, state);
    const control = bootControl(name, volume);
    await stage(control, "b", "2");
    const { argument } = await control.try("b");
    const trial = firmware(volume.state, argument).state;
    const first = new RecordedPartition(SOURCES, trial);
    await bootControl(name, first).bless("b");
    for (const cut of first.states) {
      const again = new RecordedPartition(SOURCES, cut);
      await bootControl(name, again).bless("b");
      expect(await starts(name, again.state, 5)).toEqual(Array(5).fill("b"));
    }
  });

  test("a slot on trial that is given up is not started again, and can take the next version", async () => {
    const volume = new RecordedPartition(SOURCES, await flashed(name));
    const control = bootControl(name, volume);
    await stage(control, "b", "2");
    const { argument } = await control.try("b");
    const trial = new RecordedPartition(SOURCES, firmware(volume.state, argument).state);
    await bootControl(name, trial).retire("b");
    for (const cut of trial.states.slice(-1)) expect(await starts(name, cut, 5)).toEqual(Array(5).fill("a"));
    expect(await bootControl(name, trial).whole("b")).toBe(false);
    await stage(bootControl(name, trial), "b", "3");
    const next = await bootControl(name, trial).try("b");
    expect(await starts(name, trial.state, 1, next.argument)).toEqual(["b"]);
  });

  test("a person goes back to the slot before, which is on trial like any other", async () => {
    const volume = new RecordedPartition(SOURCES, await flashed(name));
    const control = bootControl(name, volume);
    await stage(control, "b", "2");
    const { argument } = await control.try("b");
    let { state } = firmware(volume.state, argument);
    const blessed = new RecordedPartition(SOURCES, state);
    await bootControl(name, blessed).bless("b");
    const back = await bootControl(name, blessed).try("a");
    expect((await starts(name, blessed.state, 6, back.argument)).slice(-2)).toEqual(["b", "b"]);
    ({ state } = firmware(blessed.state, back.argument));
    const returned = new RecordedPartition(SOURCES, state);
    await bootControl(name, returned).bless("a");
    expect(await starts(name, returned.state, 5)).toEqual(Array(5).fill("a"));
  });
});

test("people's own lines in config.txt stay, and one without a slot is refused", async () => {
  const volume = new RecordedPartition(SOURCES, await flashed("tryboot"));
  const control = bootControl("tryboot", volume);
  await stage(control, "b", "2");
  await control.try("b");
  await control.bless("b");
  expect(volume.state.files.get("config.txt")).toBe("# mine\nos_prefix=b/\ndtparam=audio=on\n");
  expect(volume.state.files.has("tryboot.txt")).toBe(false);
  const broken = new RecordedPartition(SOURCES, { files: new Map([["config.txt", "os_prefix=c/\n"]]), variables: new Map() });
  await expect(bootControl("tryboot", broken).bless("a")).rejects.toMatchObject({ code: "E_BOOT_CONTROL" });
});

describe("U-Boot's script, where the good slot can't be started", () => {
  /** Slot b is good, or on trial; slot a is the one before. */
  async function twoSlots(blessed: boolean): Promise<BootState> {
    const volume = new RecordedPartition(SOURCES, await flashed("u-boot"));
    const control = bootControl("u-boot", volume);
    await stage(control, "b", "2");
    await control.try("b");
    if (blessed) await control.bless("b");
    return volume.state;
  }

  function withFile({ files, variables }: BootState, path: string, content: string | undefined): BootState {
    const next = new Map(files);
    if (content === undefined) next.delete(path);
    else next.set(path, content);
    return { files: next, variables };
  }

  test.each([
    ["no kernel", "b/kernel", undefined],
    ["a kernel that is cut short", "b/kernel", "kernel "],
    ["a kernel that is none", "b/kernel", "________"],
    ["no initramfs", "b/initramfs", undefined],
    ["an initramfs that is cut short", "b/initramfs", "init"],
    ["no command line", "b/boot.env", undefined],
  ])("%s: the other one is", async (_, path, content) => {
    for (const blessed of [true, false]) {
      const state = await twoSlots(blessed);
      expect(FIRMWARE["u-boot"](state).slot).toBe("b");
      expect(FIRMWARE["u-boot"](withFile(state, path, content)).slot).toBe("a");
    }
  });

  test("a slot that was given up is not started, whatever is left of it: it resets and tries again", async () => {
    const volume = new RecordedPartition(SOURCES, await twoSlots(true));
    await bootControl("u-boot", volume).retire("a");
    expect(() => FIRMWARE["u-boot"](withFile(volume.state, "b/kernel", undefined))).toThrow(/Command failed/);
  });
});
