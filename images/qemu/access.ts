import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { DeviceDocument } from "../../runtime/contract/index.ts";
import {
  DEFAULT_KEY,
  formatPublicKey,
  generateKeys,
  hashPassword,
  listKeys,
  loadKeys,
  saveKeys,
} from "../../runtime/trust/index.ts";

/** How the person at this machine reaches a device that runs in it. */
export interface Access {
  readonly device: string;
  readonly user: string;
  readonly password: string;
}

const FILE = "access.json";
const USER = "me";

/** Of the device in `folder`: what was made up the first time. */
export function accessTo(folder: string, device: string): Access {
  const file = join(folder, FILE);
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  const access = { device, user: USER, password: randomBytes(12).toString("base64url") };
  writeFileSync(file, JSON.stringify(access), { mode: 0o600 });
  return access;
}

/**
 * The device document of an emulated device, as YAML: it trusts the owner's key of this machine, made when there is none yet, and
 * takes connections from beyond its own loopback, which is where the emulator's forwarding comes from.
 */
export async function emulatedDocument({ device, user, password }: Access, keys: string): Promise<string> {
  if (!listKeys(keys).includes(DEFAULT_KEY)) saveKeys(keys, generateKeys());
  const hash = await hashPassword(password);
  const document: DeviceDocument = {
    name: device,
    owners: [formatPublicKey(loadKeys(keys).public)],
    mqtt: { listen: "all", users: { [user]: { password: hash, operator: true, publish: ["#"], subscribe: ["#"] } } },
    web: { listen: "all", password: hash },
  };
  return stringify(document, { lineWidth: 0 });
}
