import { generateKeyPair } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** The key that packages and their index are signed with: what apk takes, which our own keys are not. */
export interface SigningKey {
  readonly privateFile: string;
  /** For `/etc/apk/keys`. */
  readonly publicFile: string;
}

const NAME = "steppps-packages.rsa";

/** This person's; made the first time. RSA, as its signatures are the same each time. */
export async function signingKey(keys: string): Promise<SigningKey> {
  const [privateFile, publicFile] = [join(keys, NAME), join(keys, `${NAME}.pub`)];
  if (!existsSync(privateFile)) {
    const { privateKey, publicKey } = await promisify(generateKeyPair)("rsa", {
      modulusLength: 4096,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    await mkdir(keys, { recursive: true, mode: 0o700 });
    await writeFile(publicFile, publicKey);
    await writeFile(`${privateFile}.new`, privateKey, { mode: 0o600 });
    await rename(`${privateFile}.new`, privateFile);
  }
  return { privateFile, publicFile };
}
