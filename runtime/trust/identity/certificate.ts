import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import * as der from "./der.ts";

/** A key that TLS clients everywhere take, and one that a quantum computer breaks no sooner than the envelopes. */
export const IDENTITY_ALGORITHMS = ["ec-p256", "ml-dsa-65"] as const;
export type IdentityAlgorithm = (typeof IDENTITY_ALGORITHMS)[number];

/** signatureAlgorithm: ecdsa-with-SHA256 (RFC 5758), id-ml-dsa-65 (RFC 9881); both without parameters. */
const SIGNATURE_OID: Record<IdentityAlgorithm, string> = {
  "ec-p256": "1.2.840.10045.4.3.2",
  "ml-dsa-65": "2.16.840.1.101.3.4.3.18",
};
const OID = {
  commonName: "2.5.4.3",
  extensionRequest: "1.2.840.113549.1.9.14",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
} as const;

export interface Subject {
  readonly commonName: string;
  /** DNS names and IP addresses. */
  readonly names: readonly string[];
}

/** "99991231235959Z": no well-defined end (RFC 5280, 4.1.2.5). A board without a clock must not outlive its certificate. */
const NO_END = Date.UTC(9999, 11, 31, 23, 59, 59);
/** Its clock may say 1970 when it is made. */
const NO_BEGINNING = Date.UTC(2020, 0, 1);

/** Vouches for itself (RFC 5280): whoever talks to the device pins it, or gives it one that an authority signed. PEM. */
export function selfSigned(subject: Subject, key: KeyObject, algorithm: IdentityAlgorithm): string {
  const name = nameOf(subject);
  const signature = der.sequence(der.oid(SIGNATURE_OID[algorithm]));
  const serial = randomBytes(16);
  serial[0] = ((serial[0] as number) & 0x7f) | 0x40; // above zero, and 16 bytes whatever comes
  const body = der.sequence(
    der.context(0, der.integer(Uint8Array.of(2))), // v3
    der.integer(serial),
    signature,
    name,
    der.sequence(der.time(NO_BEGINNING), der.time(NO_END)),
    name,
    spki(key),
    der.context(3, extensions(subject, key)),
  );
  return der.pem("CERTIFICATE", der.sequence(body, signature, der.bitString(signed(body, key, algorithm))));
}

/** PKCS #10 (RFC 2986): what an authority makes a certificate from. PEM. */
export function signingRequest(subject: Subject, key: KeyObject, algorithm: IdentityAlgorithm): string {
  const attribute = der.sequence(der.oid(OID.extensionRequest), der.setOf(extensions(subject, key)));
  const body = der.sequence(der.integer(Uint8Array.of(0)), nameOf(subject), spki(key), der.context(0, attribute));
  const signature = der.sequence(der.oid(SIGNATURE_OID[algorithm]));
  return der.pem("CERTIFICATE REQUEST", der.sequence(body, signature, der.bitString(signed(body, key, algorithm))));
}

function extensions({ names }: Subject, key: KeyObject): der.Der {
  const digitalSignature = der.namedBits(0);
  const id = createHash("sha256").update(spki(key)).digest().subarray(0, 20); // RFC 7093, method 1's length
  return der.sequence(
    extension(OID.basicConstraints, der.sequence(), true),
    extension(OID.keyUsage, digitalSignature, true),
    extension(OID.extendedKeyUsage, der.sequence(der.oid(OID.serverAuth), der.oid(OID.clientAuth))),
    extension(OID.subjectKeyIdentifier, der.octets(id)),
    extension(OID.subjectAltName, der.sequence(...names.map(generalName))),
  );
}

function extension(id: string, value: der.Der, critical = false): der.Der {
  return der.sequence(der.oid(id), ...(critical ? [der.boolean(true)] : []), der.octets(value));
}

/** dNSName [2] or iPAddress [7] (RFC 5280, 4.2.1.6). */
function generalName(name: string): der.Der {
  return isIP(name) ? der.contextPrimitive(7, addressBytes(name)) : der.contextPrimitive(2, Buffer.from(name, "ascii"));
}

function addressBytes(address: string): Uint8Array {
  if (isIP(address) === 4) return Uint8Array.from(address.split(".").map(Number));
  const host = new URL(`http://[${address.replace(/%.*$/, "")}]`).hostname.slice(1, -1); // compressed, without embedded IPv4
  const [head = "", tail] = host.split("::");
  const groups = (text: string) => text.split(":").filter(Boolean);
  const [front, back] = [groups(head), groups(tail ?? "")];
  const zeros = Array<string>(8 - front.length - back.length).fill("0");
  const all = [...front, ...(tail === undefined ? [] : zeros), ...back].map((group) => Number.parseInt(group, 16));
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

function nameOf({ commonName }: Subject): der.Der {
  return der.sequence(der.setOf(der.sequence(der.oid(OID.commonName), der.utf8String(commonName.slice(0, 64)))));
}

function spki(key: KeyObject): Uint8Array {
  return createPublicKey(key).export({ format: "der", type: "spki" });
}

function signed(body: der.Der, key: KeyObject, algorithm: IdentityAlgorithm): Uint8Array {
  return sign(algorithm === "ec-p256" ? "sha256" : null, body, key);
}
