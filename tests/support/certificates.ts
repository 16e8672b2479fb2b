import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(webcrypto as unknown as Crypto);

/** PEM of a certificate and its private key. */
export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

export interface Wish {
  /** Common name. */
  readonly name: string;
  /** Host names and IP addresses it is for. */
  readonly hosts?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly algorithm?: "P-256" | "ML-DSA-65";
}

export interface TestAuthority extends Pair {
  issue(wish: Wish): Promise<Pair>;
}

const DAY = 86_400_000;
const ALGORITHMS = {
  "P-256": { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  "ML-DSA-65": { name: "ML-DSA-65" },
};

/** An authority of one's own, whose certificates are valid from yesterday to tomorrow unless asked otherwise. */
export async function testAuthority(name = "test authority", algorithm: Wish["algorithm"] = "P-256"): Promise<TestAuthority> {
  const keys = await generate(algorithm);
  const own = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore: new Date(Date.now() - 365 * DAY),
    notAfter: new Date(Date.now() + 365 * DAY),
    keys,
    signingAlgorithm: ALGORITHMS[algorithm],
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    certificate: own.toString("pem"),
    key: await pem(keys.privateKey),
    async issue(wish) {
      const subject = await generate(wish.algorithm ?? "P-256");
      const hosts = (wish.hosts ?? []).map((value) => ({ type: /^[\d.:]+$/.test(value) ? "ip" : "dns", value }) as const);
      const certificate = await x509.X509CertificateGenerator.create({
        subject: `CN=${wish.name}`,
        issuer: own.subject,
        notBefore: wish.notBefore ?? new Date(Date.now() - DAY),
        notAfter: wish.notAfter ?? new Date(Date.now() + DAY),
        publicKey: subject.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHMS[algorithm],
        extensions: hosts.length > 0 ? [new x509.SubjectAlternativeNameExtension(hosts)] : [],
      });
      return { certificate: certificate.toString("pem"), key: await pem(subject.privateKey) };
    },
  };
}

function generate(algorithm: NonNullable<Wish["algorithm"]>): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHMS[algorithm], true, ["sign", "verify"]) as Promise<CryptoKeyPair>;
}

async function pem(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key as webcrypto.CryptoKey), "PRIVATE KEY");
}
