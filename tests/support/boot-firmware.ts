import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type BootControlName, SLOTS, type Slot } from "../../runtime/contract/index.ts";
import { chooseDirect, uBootScript } from "../../runtime/platform/index.ts";
import type { BootState } from "./boot-partition.ts";
import { tempFolder } from "./temp-folder.ts";

/** What starts, and what the boot loader leaves behind. */
export interface Started {
  readonly slot: Slot;
  readonly state: BootState;
}

/** One start of a machine, as its boot loader's documentation has it. `argument`: of the reboot before it. */
export type Firmware = (state: BootState, argument?: string) => Started;

export const FIRMWARE: Readonly<Record<Exclude<BootControlName, "none">, Firmware>> = {
  "systemd-boot": systemdBoot,
  "u-boot": uBoot,
  tryboot,
  direct,
  jetson,
};

/** [systemd.io, Automatic Boot Assessment; sd-boot(7), entry order] */
function systemdBoot({ files, variables }: BootState): Started {
  const entries = [...files].flatMap(([path, content]) => {
    const [, id, left, done] = /^loader\/entries\/(.*?)(?:\+(\d+)(?:-(\d+))?)?\.conf$/.exec(path) ?? [];
    if (id === undefined) return [];
    const field = (name: string) => new RegExp(`^${name} (.*)$`, "m").exec(content)?.[1] ?? "";
    const tries = left === undefined ? undefined : Number(left);
    return [
      {
        path,
        id,
        left: tries,
        done: Number(done ?? 0),
        version: Number(field("version")),
        kernel: field("linux"),
        initrd: field("initrd"),
      },
    ];
  });
  const isBad = (entry: (typeof entries)[number]) => Number(entry.left === 0);
  entries.sort((a, b) => isBad(a) - isBad(b) || b.version - a.version || (a.id < b.id ? 1 : -1));
  const [first] = entries;
  if (!first) throw new Error("nothing to start");
  for (const path of [first.kernel, first.initrd]) if (!files.has(path.slice(1))) throw new Error(`${path} is missing`);
  const next = new Map(files);
  if (first.left) {
    next.delete(first.path);
    next.set(`loader/entries/${first.id}+${first.left - 1}-${first.done + 1}.conf`, files.get(first.path) as string);
  }
  return { slot: slotOf(first.kernel.slice(1, 2)), state: { files: next, variables } };
}

/** The script itself, by a shell whose commands are U-Boot's, on real files. */
function uBoot({ files, variables }: BootState): Started {
  using folder = tempFolder("u-boot");
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true });
    writeFileSync(join(folder.path, path), content, "latin1");
  }
  const commands = `
    setenv() { eval "$1=\\"\\$\{2-}\\""; }
    test() { if [ "$1" = -e ]; then [ -e "$ROOT$4" ]; else [ "$@" ]; fi; }
    fatrm() { rm "$ROOT$3"; }
    load() { [ -e "$ROOT$4" ] && filesize=$(printf %x "$(wc -c < "$ROOT$4")") && loaded="$4"; }
    env() {
      shift 4
      for name in "$@"; do eval "$name="; done
      while IFS= read -r line; do eval "\${line%%=*}=\\\${line#*=}"; done < "$ROOT/$slot/boot.env"
    }
    booti() { if grep -q "^kernel" "$ROOT$loaded"; then echo "$slot $2"; exit 0; fi; }
    reset() { echo reset; exit 1; }
    kernel_addr_r=1; fdt_addr_r=2; ramdisk_addr_r=3; scriptaddr=4; fdtcontroladdr=5; slot=; tried=; ramdisk=; fdt=; filesize=
  `;
  const output = execFileSync("sh", ["-uc", commands + uBootScript("mmc 0:1")], {
    env: { ROOT: folder.path, PATH: process.env.PATH },
    encoding: "utf8",
  });
  const kept = new Map([...files].filter(([path]) => existsSync(join(folder.path, path))));
  return { slot: slotOf(output.slice(0, 1)), state: { files: kept, variables } };
}

/** [raspberrypi.com, Fail-safe OS updates (tryboot)] */
function tryboot(state: BootState, argument?: string): Started {
  const name = argument === "0 tryboot" && state.files.has("tryboot.txt") ? "tryboot.txt" : "config.txt";
  const prefix = /^os_prefix=(.)\/$/m.exec(state.files.get(name) ?? "")?.[1] ?? "";
  return { slot: slotOf(prefix), state };
}

function direct({ files, variables }: BootState): Started {
  const { slot, content } = chooseDirect(files.get("slots.txt") ?? "");
  return { slot, state: { files: new Map(files).set("slots.txt", content), variables } };
}

/** [docs.nvidia.com, Jetson Linux, Root File System Redundancy], with three starts of a slot that isn't marked as good. */
function jetson({ files, variables }: BootState): Started {
  const next = new Map(variables);
  const status = (chain: number) => next.get(`RootfsStatusSlot${"AB"[chain]}`) ?? 0;
  const current = next.get("BootChainFwNext") ?? next.get("BootChainFwCurrent") ?? 0;
  const starts = next.get("starts") ?? 0;
  const changed = next.has("BootChainFwNext");
  next.delete("BootChainFwNext");
  let chain = current;
  next.set("starts", changed ? 1 : starts + 1);
  if (status(chain) === 0xff || (next.get("starts") ?? 0) > 3) {
    next.set(`RootfsStatusSlot${"AB"[chain]}`, 0xff);
    if (status(1 - chain) !== 0xff) chain = 1 - chain;
    next.set("starts", 1);
  }
  next.set("BootChainFwCurrent", chain);
  return { slot: SLOTS[chain] as Slot, state: { files, variables: next } };
}

function slotOf(letter: string): Slot {
  const slot = SLOTS.find((each) => each === letter);
  if (!slot) throw new Error(`started ${JSON.stringify(letter)}`);
  return slot;
}
