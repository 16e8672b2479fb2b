import { DEFAULT_KEY, generateKeys, type KeyPair, listKeys, loadKeys, saveKeys } from "../../trust/index.ts";

/** This person's key; made when there is none, so that the first start needs no preparation. */
export function ownKey(dir: string): KeyPair {
  if (listKeys(dir).includes(DEFAULT_KEY)) return loadKeys(dir);
  const keys = generateKeys();
  saveKeys(dir, keys);
  return keys;
}
