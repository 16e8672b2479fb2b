import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { connect, createServer, type TLSSocket } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { linuxFiles } from "../../../runtime/platform/index.ts";
import {
  IDENTITY_ALGORITHMS,
  type Identity,
  importCertificate,
  openIdentity,
  requestCertificate,
} from "../../../runtime/trust/identity/index.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const files = linuxFiles();

test.each(IDENTITY_ALGORITHMS)("%s: made once, kept for its owner's eyes, the same after a restart", async (algorithm) => {
  using folder = tempFolder("identity");
  const dir = join(folder.path, "identity");
  const made = await openIdentity({ files, dir, algorithm }, "kitchen", ["192.168.1.7", "fd00::7"]);
  expect(await openIdentity({ files, dir, algorithm }, "kitchen")).toEqual(made);
  expect(statSync(dir).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(dir)) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
  const certificate = new X509Certificate(made.certificate);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.subject).toBe("CN=kitchen");
  expect(certificate.ca).toBe(false);
  for (const host of ["kitchen", "kitchen.local", "localhost"]) expect(certificate.checkHost(host)).toBe(host);
  for (const address of ["127.0.0.1", "::1", "192.168.1.7", "fd00::7"]) expect(certificate.checkIP(address)).toBe(address);
});

test.each(IDENTITY_ALGORITHMS)(
  "%s: serves and answers TLS 1.3 with mutual certificates and X25519MLKEM768",
  async (algorithm) => {
    using folder = tempFolder("identity");
    const server = await openIdentity({ files, dir: join(folder.path, "a"), algorithm }, "kitchen");
    const client = await openIdentity({ files, dir: join(folder.path, "b"), algorithm }, "cellar");
    const { protocol, peer, authorized } = await handshake(server, client);
    expect(protocol).toBe("TLSv1.3");
    expect(authorized).toBe(true);
    expect(peer).toBe(server.fingerprint);
  },
);

test("openssl finds certificate and signing request in order", async () => {
  using folder = tempFolder("identity");
  const identity = await openIdentity({ files, dir: join(folder.path, "identity") }, "kitchen", ["192.168.1.7", "fd00::7"]);
  const request = join(folder.path, "kitchen.csr");
  writeFileSync(request, requestCertificate(identity, "kitchen", ["192.168.1.7"]));
  const said = openssl("req", "-in", request, "-verify", "-noout", "-text");
  expect(said).toContain("verify OK");
  expect(said).toContain("Subject: CN = kitchen");
  expect(said).toContain(
    "DNS:kitchen, DNS:kitchen.local, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:192.168.1.7",
  );
  const certificate = join(folder.path, "identity", "ec-p256.certificate.pem");
  expect(
    openssl(
      "verify",
      "-x509_strict",
      "-check_ss_sig",
      "-purpose",
      "sslserver",
      "-partial_chain",
      "-trusted",
      certificate,
      certificate,
    ),
  ).toContain("OK");
  const text = openssl("x509", "-in", certificate, "-noout", "-text");
  expect(text).toContain("Not After : Dec 31 23:59:59 9999 GMT");
  expect(text).toContain("TLS Web Server Authentication, TLS Web Client Authentication");
  expect(text).toContain("IP Address:FD00:0:0:0:0:0:0:7");
});

test("an issued certificate takes the place of its own; one of another key is refused, and nothing changes", async () => {
  using folder = tempFolder("identity");
  const options = { files, dir: join(folder.path, "identity") };
  const own = await openIdentity(options, "kitchen");
  const issued = issue(folder.path, requestCertificate(own, "kitchen"));
  const imported = await importCertificate(options, issued);
  expect(imported).toMatchObject({ certificate: issued, pin: own.pin, key: own.key });
  expect(imported.fingerprint).not.toBe(own.fingerprint);
  const other = await openIdentity({ files, dir: join(folder.path, "other") }, "other");
  await expect(importCertificate(options, other.certificate)).rejects.toThrow(
    "E_IDENTITY: The device's own key or certificate cannot be used: the certificate is of another key",
  );
  await expect(importCertificate(options, "no certificate")).rejects.toThrow("E_IDENTITY");
  await expect(importCertificate({ ...options, algorithm: "ml-dsa-65" }, issued)).rejects.toThrow("E_IDENTITY");
  expect(await openIdentity(options, "kitchen")).toEqual(imported);
});

test("under a new name it vouches for itself anew, with the same key; an issued one stays", async () => {
  using folder = tempFolder("identity");
  const options = { files, dir: join(folder.path, "identity") };
  const old = await openIdentity(options, "kitchen");
  const renamed = await openIdentity(options, "cellar");
  expect(new X509Certificate(renamed.certificate).checkHost("cellar.local")).toBe("cellar.local");
  expect(renamed.pin).toBe(old.pin);
  const issued = await importCertificate(options, issue(folder.path, requestCertificate(renamed, "cellar")));
  expect(await openIdentity(options, "attic")).toEqual(issued);
});

test("a key that was cut short is not replaced in silence, and nothing of it is quoted", async () => {
  using folder = tempFolder("identity");
  const dir = join(folder.path, "identity");
  await openIdentity({ files, dir }, "kitchen");
  const path = join(dir, "ec-p256.key.pem");
  const key = readFileSync(path, "utf8");
  chmodSync(path, 0o600);
  writeFileSync(path, key.slice(0, 90));
  const error: Error = await openIdentity({ files, dir }, "kitchen").catch((thrown) => thrown);
  expect(error.message).toMatch(/^E_IDENTITY: /);
  expect(String(error.stack) + JSON.stringify(error)).not.toContain(key.slice(30, 60));
});

async function handshake(server: Identity, client: Identity) {
  const listening = createServer({
    key: server.key,
    cert: server.certificate,
    ca: client.certificate,
    requestCert: true,
    minVersion: "TLSv1.3",
    ecdhCurve: "X25519MLKEM768",
  });
  listening.listen(0, "127.0.0.1");
  await once(listening, "listening");
  onTestFinished(() => void listening.close());
  const accepted = once(listening, "secureConnection") as Promise<[TLSSocket]>;
  const { port } = listening.address() as AddressInfo;
  const socket = connect({
    port,
    host: "127.0.0.1",
    key: client.key,
    cert: client.certificate,
    ca: server.certificate,
    minVersion: "TLSv1.3",
  });
  await once(socket, "secureConnect");
  const [incoming] = await accepted;
  const { authorized } = incoming;
  const peer = socket.getPeerX509Certificate()?.fingerprint256.replaceAll(":", "").toLowerCase();
  const protocol = socket.getProtocol();
  socket.destroy();
  incoming.destroy();
  return { protocol, peer, authorized };
}

/** A certificate by an authority of its own. */
function issue(dir: string, request: string): string {
  const at = (name: string) => join(dir, name);
  writeFileSync(at("request.pem"), request);
  openssl(
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.pem"),
    "-subj",
    "/CN=authority",
    "-days",
    "30",
  );
  openssl(
    "x509",
    "-req",
    "-in",
    at("request.pem"),
    "-CA",
    at("ca.pem"),
    "-CAkey",
    at("ca.key"),
    "-copy_extensions",
    "copy",
    "-days",
    "30",
    "-out",
    at("issued.pem"),
  );
  return readFileSync(at("issued.pem"), "utf8");
}

function openssl(...args: string[]): string {
  return execFileSync("/bin/sh", ["-c", 'openssl "$@" 2>&1', "sh", ...args], { encoding: "utf8" });
}
