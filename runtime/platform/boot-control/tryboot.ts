import { otherSlot, SLOTS, type Slot, StepppsError, utf8 } from "../../contract/index.ts";
import { type Loader, slotFile } from "./loader.ts";
import type { BootFiles, BootStep } from "./volume.ts";

const CONFIG = "config.txt";
const TRIAL = "tryboot.txt";
const PREFIX = /^os_prefix=.*$/m;

/**
 * The Raspberry Pi's own firmware: it reads config.txt, and tryboot.txt in its place at the one start that follows a reboot with
 * "0 tryboot" [raspberrypi.com, Fail-safe OS updates]. The two differ in `os_prefix`, the folder that kernel, device tree and
 * cmdline.txt are taken from; what people wrote into config.txt is in both.
 */
export function trybootLoader(): Loader {
  return {
    oneShot: true,
    install: () => [],
    stage: (slot, commandLine) => [
      { do: "write", path: slotFile(slot, "cmdline.txt"), content: utf8(`${commandLine}\n`) },
      { do: "write", path: slotFile(slot, "cmdline"), content: utf8(commandLine) },
    ],
    async retire(files, slot) {
      const config = await configOf(files);
      const steps: BootStep[] = prefixOf(config) === slot ? [write(CONFIG, config, otherSlot(slot))] : [];
      return (await files.read(TRIAL)) ? [...steps, { do: "remove", path: TRIAL }] : steps;
    },
    async try(files, slot) {
      return { steps: [write(TRIAL, await configOf(files), slot)], restart: { argument: "0 tryboot" } };
    },
    async bless(files, slot) {
      const config = await configOf(files);
      const steps: BootStep[] = prefixOf(config) === slot ? [] : [write(CONFIG, config, slot)];
      return (await files.read(TRIAL)) ? [...steps, { do: "remove", path: TRIAL }] : steps;
    },
    isBlessed: async (files, slot) => prefixOf(await configOf(files)) === slot,
  };
}

/** Throws E_BOOT_CONTROL where there is none. */
async function configOf(files: BootFiles): Promise<string> {
  const bytes = await files.read(CONFIG);
  if (!bytes) throw new StepppsError("E_BOOT_CONTROL", `${CONFIG} is missing`);
  return Buffer.from(bytes).toString("latin1");
}

/** Throws E_BOOT_CONTROL where it names none of our slots. */
function prefixOf(config: string): Slot {
  const prefix = PREFIX.exec(config)?.[0].slice("os_prefix=".length).trim();
  const slot = SLOTS.find((each) => prefix === `${each}/`);
  if (!slot)
    throw new StepppsError("E_BOOT_CONTROL", `${CONFIG}: os_prefix is ${JSON.stringify(prefix ?? "missing")}, not a/ or b/`);
  return slot;
}

function write(path: string, config: string, slot: Slot): BootStep {
  prefixOf(config);
  return { do: "write", path, content: Buffer.from(config.replace(PREFIX, `os_prefix=${slot}/`), "latin1") };
}
