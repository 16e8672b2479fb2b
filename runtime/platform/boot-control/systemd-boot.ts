import { otherSlot, type Slot, text, utf8 } from "../../contract/index.ts";
import { type Loader, slotFile, TRIES } from "./loader.ts";
import type { BootFiles, BootStep } from "./volume.ts";

const FOLDER = "loader/entries";
const ENTRY = /^steppps-([ab])(?:\+(\d+)(?:-(\d+))?)?\.conf$/;

/**
 * systemd-boot's boot counting [systemd.io, Automatic Boot Assessment]:
 *
 *   loader/entries/steppps-a.conf        good
 *   loader/entries/steppps-b+3.conf      on trial, 3 tries left; the loader renames it to +2-1, +1-2, +0-3 as it starts it
 *
 * Of all entries with tries left it starts the one with the highest `version`, which here is a number of ours that rises with each
 * try; an entry without tries left comes last.
 */
export function systemdBootLoader(): Loader {
  return {
    oneShot: false,
    install: () => [{ do: "write", path: "loader/loader.conf", content: utf8("timeout 0\neditor no\nauto-entries no\n") }],
    stage: (slot, commandLine) => [{ do: "write", path: slotFile(slot, "cmdline"), content: utf8(commandLine) }],
    async retire(files, slot) {
      const entries = (await entriesOf(files)).filter((entry) => entry.slot === slot);
      return entries.map(({ name }): BootStep => ({ do: "remove", path: `${FOLDER}/${name}` }));
    },
    async try(files, slot) {
      const entries = await entriesOf(files);
      const path = `${FOLDER}/steppps-${slot}+${TRIES}.conf`;
      const content = utf8(await entryText(files, slot, entries));
      const before = entries.filter((entry) => entry.slot === slot && `${FOLDER}/${entry.name}` !== path);
      const removals = before.map(({ name }): BootStep => ({ do: "remove", path: `${FOLDER}/${name}` }));
      return { steps: [{ do: "write", path, content }, ...removals], restart: {} };
    },
    async bless(files, slot) {
      const path = `${FOLDER}/steppps-${slot}.conf`;
      const entries = await entriesOf(files);
      const counted = entries.filter((entry) => entry.slot === slot && entry.left !== undefined);
      const good = entries.find((entry) => entry.slot === slot && entry.left === undefined);
      const [first, ...others] = counted.sort((a, b) => b.version - a.version);
      const removals = others.map(({ name }): BootStep => ({ do: "remove", path: `${FOLDER}/${name}` }));
      if (first) return [{ do: "rename", path, from: `${FOLDER}/${first.name}` }, ...removals];
      if (good && entries.every(({ slot: of, version }) => of === slot || version < good.version)) return [];
      return [{ do: "write", path, content: utf8(await entryText(files, slot, entries)) }];
    },
    async isBlessed(files, slot) {
      const entries = await entriesOf(files);
      const mine = entries.filter((entry) => entry.slot === slot);
      const others = entries.filter((entry) => entry.slot === otherSlot(slot) && entry.left !== 0);
      const [only] = mine;
      return mine.length === 1 && only?.left === undefined && others.every(({ version }) => version < (only?.version ?? 0));
    },
  };
}

interface Entry {
  readonly name: string;
  readonly slot: Slot;
  /** Tries left; undefined where they are not counted. */
  readonly left: number | undefined;
  readonly version: number;
}

async function entriesOf(files: BootFiles): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const name of await files.list(FOLDER)) {
    const [, slot, left] = ENTRY.exec(name) ?? [];
    if (!slot) continue;
    const content = await files.read(`${FOLDER}/${name}`);
    const version = Number(/^version (\d{1,9})$/m.exec(content ? text(content) : "")?.[1] ?? 0);
    entries.push({ name, slot: slot as Slot, left: left === undefined ? undefined : Number(left), version });
  }
  return entries;
}

/** [uapi-group.org, Boot Loader Specification, type 1] */
async function entryText(files: BootFiles, slot: Slot, entries: readonly Entry[]): Promise<string> {
  const names = await files.list(slot);
  const commandLine = text((await files.read(slotFile(slot, "cmdline"))) ?? utf8(""));
  const version = Math.max(0, ...entries.map((entry) => entry.version)) + 1;
  return [
    `title STEPPPS (slot ${slot})`,
    "sort-key steppps",
    `version ${version}`,
    `linux /${slotFile(slot, "kernel")}`,
    ...(names.includes("initramfs") ? [`initrd /${slotFile(slot, "initramfs")}`] : []),
    ...(names.includes("board.dtb") ? [`devicetree /${slotFile(slot, "board.dtb")}`] : []),
    `options ${commandLine}`,
    "",
  ].join("\n");
}
