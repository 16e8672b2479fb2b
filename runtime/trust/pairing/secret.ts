import { scrypt } from "node:crypto";
import type { PublicKey } from "../key.ts";
import type { Spake2Options } from "./spake2.ts";

/**
 * What both sides of a pairing put into SPAKE2: the code, the device's name, and the key that is to become its owner, so that none but
 * the key that the person meant can be claimed with the code they typed.
 */
export async function pairingInputs(code: string, device: string, owner: PublicKey): Promise<Omit<Spake2Options, "role">> {
  return {
    password: await stretch(code.replace(/\D/g, ""), device),
    identityA: `steppps-owner:${owner.id}`,
    identityB: `steppps-device:${device}`,
    context: Buffer.from(`steppps pairing 1 ${owner.id}`),
  };
}

function stretch(digits: string, device: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(digits, `steppps pairing ${device}`, 48, { N: 2 ** 14, r: 8, p: 1 }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
