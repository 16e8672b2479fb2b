import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Board } from "../../board-support/board.ts";
import { StepppsError } from "../../runtime/contract/index.ts";
import { fileHash } from "../steps/file-hash.ts";
import type { Toolset } from "../toolset/toolset.ts";
import { type Access, accessTo, emulatedDocument } from "./access.ts";
import { EmulatedDevice } from "./emulated-device.ts";
import { freePort } from "./free-port.ts";
import { formatStart, startTimes } from "./phases.ts";

/** Ports of the device, and the ones of this machine's loopback that lead there when they are free. */
const MQTT = { device: 1883, host: 11883 };
const WEB = { device: 8443, host: 18443 };

export interface EmulateOptions {
  readonly board: Board;
  /** The uncompressed image. */
  readonly image: string;
  /** Where the device's card is kept between runs. */
  readonly folder: string;
  /** Where the owner's key of this machine is, or is made. */
  readonly keys: string;
  /** Begin with a new card, whatever an earlier run left on it. */
  readonly fresh: boolean;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** `npm run emulate`: runs an image until the device switches itself off or `signal` ends it. */
export async function emulate(options: EmulateOptions, tools: Toolset): Promise<void> {
  const { board, say, signal } = options;
  if (board.drivers !== "virtual" && board.drivers !== "pc")
    throw new StepppsError("E_CLI_OPTION", `${board.name} can't be emulated`);
  const forwards = await Promise.all([MQTT, WEB].map(async ({ device, host }) => ({ device, host: await freePort(host) })));
  const { arch, bootControl } = board;
  const device = new EmulatedDevice({ arch, folder: options.folder, firmware: bootControl !== "direct", forwards }, tools);
  await insertCard(device, options);
  const access = accessOf(options);
  const [mqtt, web] = forwards.map(({ host }) => host);
  say(`starting ${board.title}; Ctrl-C ends it`);
  device.console.follow(say);
  await device.start();
  signal.addEventListener("abort", () => void device.cutPower(), { once: true });
  const told = startTimes(device.console, 0).then((times) => {
    for (const line of formatStart(times)) say(line);
    say(`MQTT   mqtt://${access.user}:${access.password}@127.0.0.1:${mqtt}`);
    say(`page   https://127.0.0.1:${web}   password ${access.password}`);
    say(
      `deploy npx steppps plugin deploy FOLDER --device ${access.device} --broker mqtt://${access.user}:${access.password}@127.0.0.1:${mqtt}`,
    );
  });
  told.catch(() => {}); // the console has said what is wrong
  const ending = await device.ended();
  say(`it ended: ${ending}`);
}

/** A card stays until its image changes: what was deployed to the device is there again. */
async function insertCard(device: EmulatedDevice, { board, image, folder, keys, fresh, say }: EmulateOptions): Promise<void> {
  const stamp = join(folder, "image.sha256");
  const hash = await fileHash(image);
  const same = device.isInserted && existsSync(stamp) && readFileSync(stamp, "utf8") === hash;
  if (same && !fresh) return say("with the card of the last run; --fresh begins with a new one");
  await device.insert(image);
  const card = await device.card();
  await card.writeText("steppps.yaml", await emulatedDocument(accessOf({ folder, board }), keys));
  writeFileSync(stamp, hash);
}

/** A device's name has no underscore, as a board's may. */
function accessOf({ folder, board }: Pick<EmulateOptions, "folder" | "board">): Access {
  return accessTo(folder, board.name.replaceAll("_", "-"));
}
