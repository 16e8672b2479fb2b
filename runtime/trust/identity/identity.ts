import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { join } from "node:path";
import { StepppsError, text, utf8 } from "../../contract/index.ts";
import type { Files } from "../../platform/index.ts";
import { type IdentityAlgorithm, type Subject, selfSigned, signingRequest } from "./certificate.ts";

/** Who the device is to others: its own key, and a certificate of it. */
export interface Identity {
  readonly algorithm: IdentityAlgorithm;
  /** PEM, its own first. */
  readonly certificate: string;
  /** PEM, PKCS #8. Never logged, and never sent. */
  readonly key: string;
  /** SHA-256 of the certificate, in hex. */
  readonly fingerprint: string;
  /** "sha256/" and base64 of the SHA-256 of its public key (SPKI, as in RFC 7469): the same for every certificate of the key. */
  readonly pin: string;
}

export interface IdentityOptions {
  readonly files: Files;
  /** Where its files lie: `data/identity`. */
  readonly dir: string;
  readonly algorithm?: IdentityAlgorithm;
}

const MAX_BYTES = 65_536;

/** The device's identity; key and self-signed certificate are made where there are none. Throws E_IDENTITY where a file is damaged, E_DISK_FULL, E_FILE. */
export async function openIdentity(
  options: IdentityOptions,
  device: string,
  addresses: readonly string[] = [],
): Promise<Identity> {
  const { algorithm, files, paths } = places(options);
  await files.makePrivate(options.dir);
  const stored = await files.read(paths.key, MAX_BYTES);
  const key = stored ? readKey(text(stored), algorithm) : generate(algorithm);
  // The key is on the disk before anything vouches for it.
  if (!stored) await files.write(paths.key, utf8(exported(key)));
  const issued = await files.read(paths.certificate, MAX_BYTES);
  if (issued && !outlived(text(issued), device)) return identity(key, text(issued), algorithm);
  const certificate = selfSigned(subjectOf(device, addresses), key, algorithm);
  await files.write(paths.certificate, utf8(certificate));
  return identity(key, certificate, algorithm);
}

/** A PKCS #10 signing request of the device's own key, in PEM. */
export function requestCertificate({ key, algorithm }: Identity, device: string, addresses: readonly string[] = []): string {
  return signingRequest(subjectOf(device, addresses), createPrivateKey(key), algorithm);
}

/** Puts an issued certificate (PEM, with those between it and its authority) in the place of the one before. Throws E_IDENTITY. */
export async function importCertificate(options: IdentityOptions, chain: string): Promise<Identity> {
  const { algorithm, files, paths } = places(options);
  const stored = await files.read(paths.key, MAX_BYTES);
  if (!stored) throw new StepppsError("E_IDENTITY", "this device has no key of that kind");
  const imported = identity(readKey(text(stored), algorithm), chain, algorithm);
  await files.write(paths.certificate, utf8(chain));
  return imported;
}

function places({ algorithm = "ec-p256", dir, files }: IdentityOptions) {
  return {
    algorithm,
    files,
    paths: { key: join(dir, `${algorithm}.key.pem`), certificate: join(dir, `${algorithm}.certificate.pem`) },
  };
}

function generate(algorithm: IdentityAlgorithm): KeyObject {
  return algorithm === "ec-p256"
    ? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
    : generateKeyPairSync("ml-dsa-65").privateKey;
}

function readKey(pem: string, algorithm: IdentityAlgorithm): KeyObject {
  try {
    const key = createPrivateKey(pem);
    const fits =
      algorithm === "ec-p256" ? key.asymmetricKeyDetails?.namedCurve === "prime256v1" : key.asymmetricKeyType === "ml-dsa-65";
    if (fits) return key;
  } catch {
    // No cause: a parser's message may quote what it was reading, and that is the key.
  }
  throw new StepppsError("E_IDENTITY", `the ${algorithm} key cannot be read`);
}

function identity(key: KeyObject, chain: string, algorithm: IdentityAlgorithm): Identity {
  const certificate = readCertificate(chain);
  if (!certificate.checkPrivateKey(key)) throw new StepppsError("E_IDENTITY", "the certificate is of another key");
  const spki = certificate.publicKey.export({ format: "der", type: "spki" });
  return {
    algorithm,
    certificate: chain,
    key: exported(key),
    fingerprint: createHash("sha256").update(certificate.raw).digest("hex"),
    pin: `sha256/${createHash("sha256").update(spki).digest("base64")}`,
  };
}

/** One that vouches for itself under a name that the device had before. Addresses come and go: they are no reason. */
function outlived(chain: string, device: string): boolean {
  const certificate = readCertificate(chain);
  return certificate.subject === certificate.issuer && certificate.checkHost(device) === undefined;
}

function readCertificate(chain: string): X509Certificate {
  try {
    return new X509Certificate(chain);
  } catch (cause) {
    throw new StepppsError("E_IDENTITY", "the certificate is no PEM of an X.509 certificate", { cause });
  }
}

function exported(key: KeyObject): string {
  return key.export({ format: "pem", type: "pkcs8" }) as string;
}

function subjectOf(device: string, addresses: readonly string[]): Subject {
  const names = [device, `${device}.local`, "localhost", "127.0.0.1", "::1", ...addresses];
  return { commonName: device, names: [...new Set(names)] };
}
