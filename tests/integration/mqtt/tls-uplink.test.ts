import { createHash, pbkdf2Sync, randomBytes, X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { type AddressInfo, connect, type Server } from "node:net";
import { join } from "node:path";
import { createServer as createTls, type TLSSocket, type TlsOptions as TlsServerOptions } from "node:tls";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Delivery, openExternalBus, type TlsOptions } from "../../../runtime/mqtt/index.ts";
import { openJournal } from "../../../runtime/store/index.ts";
import { type Pair, type TestAuthority, testAuthority } from "../../support/certificates.ts";
import { client, freePort, startMosquitto, temporaryFolder, until } from "./support.ts";

const HOSTS = ["localhost", "127.0.0.1"];
let authority: TestAuthority;
let server: Pair;
let mosquitto: { port: number };
beforeAll(async () => {
  authority = await testAuthority();
  server = await authority.issue({ name: "broker", hosts: HOSTS });
});

interface Options {
  readonly url: string;
  readonly tls?: TlsOptions;
  readonly username?: string;
  readonly password?: string;
}

async function uplink(options: Options) {
  const journal = await openJournal({ file: ":memory:" });
  const taken: Delivery[] = [];
  const reports: { code: string; detail: string }[] = [];
  const bus = await openExternalBus({
    clientId: "device",
    journal,
    ...options,
    onMessage(message, done) {
      taken.push({ ...message, payload: Buffer.from(message.payload) });
      journal.commit(message.ops).then(() => done(), done);
    },
    report: ({ code, detail }) => reports.push({ code, detail }),
  });
  await bus.subscribe("in/#");
  await bus.start();
  onTestFinished(async () => {
    await bus.close();
    await journal.close();
  });
  return { bus, taken, reports };
}

/** TLS in front of a real broker; `heard` are the bytes that came through the TLS. */
async function front(options: TlsServerOptions): Promise<{ port: number; heard(): number; sockets: TLSSocket[] }> {
  mosquitto = await startMosquitto();
  let heard = 0;
  const sockets: TLSSocket[] = [];
  const tls = createTls({ cert: server.certificate, key: server.key, ...options }, (socket) => {
    sockets.push(socket);
    const behind = connect(mosquitto.port, "127.0.0.1");
    socket.on("data", (chunk) => {
      heard += chunk.length;
    });
    for (const one of [socket, behind]) one.on("error", () => one.destroy());
    socket.on("close", () => behind.destroy());
    behind.on("close", () => socket.destroy());
    socket.pipe(behind).pipe(socket);
  });
  await new Promise<void>((resolve) => tls.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    tls.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: ((tls as Server).address() as AddressInfo).port, heard: () => heard, sockets };
}

async function mosquittoTls(...settings: string[]): Promise<{ port: number; plain: number }> {
  const folder = temporaryFolder();
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o644 });
    return join(folder, name);
  };
  const port = await freePort();
  const { port: plain } = await startMosquitto([
    `listener ${port} 127.0.0.1`,
    "tls_version tlsv1.3",
    `cafile ${file("ca.pem", authority.certificate)}`,
    `certfile ${file("server.pem", server.certificate)}`,
    `keyfile ${file("server.key", server.key)}`,
    ...settings,
  ]);
  return { port, plain };
}

const pinOf = ({ certificate }: Pair) =>
  `sha256/${createHash("sha256")
    .update(new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" }))
    .digest("base64")}`;
const refusal = async (options: Options) => {
  const { bus, reports } = await uplink(options);
  await until(() => reports.length > 0);
  expect(bus.connected()).toBe(false);
  return reports[0];
};

async function carries({ bus, taken }: Awaited<ReturnType<typeof uplink>>, plain: number): Promise<void> {
  await until(() => bus.connected());
  const other = await client(plain);
  await other.subscribeAsync("out", { qos: 1 });
  await bus.publish({ topic: "out", payload: Buffer.from("there"), qos: 1, retain: false });
  await until(() => other.got.includes("out there"));
  await other.publishAsync("in/a", "here", { qos: 1 });
  await until(() => taken.length === 1);
  expect(taken[0]).toMatchObject({ topic: "in/a", remote: true });
}

describe("mosquitto, with OpenSSL 3.0", () => {
  test.each(["preferred", undefined] as const)("postQuantum: %s falls back to what it knows", async (postQuantum) => {
    const { port, plain } = await mosquittoTls();
    const tls = { ca: authority.certificate, ...(postQuantum && { postQuantum }) };
    await carries(await uplink({ url: `mqtts://localhost:${port}`, tls }), plain);
  });

  test("postQuantum: required is refused by it", async () => {
    const { port } = await mosquittoTls();
    const tls = { ca: authority.certificate, postQuantum: "required" } as const;
    expect(await refusal({ url: `mqtts://localhost:${port}`, tls })).toMatchObject({ code: "E_TLS_PROTOCOL" });
  });

  test("it takes our certificate, and refuses us without", async () => {
    const { port, plain } = await mosquittoTls("require_certificate true", "use_identity_as_username true");
    const url = `mqtts://127.0.0.1:${port}`;
    expect(await refusal({ url, tls: { ca: authority.certificate } })).toMatchObject({ code: "E_TLS_CLIENT" });
    const { certificate, key } = await authority.issue({ name: "device" });
    await carries(await uplink({ url, tls: { ca: authority.certificate, certificate, key } }), plain);
  });

  test("a wrong password is a login that was refused", async () => {
    // mosquitto_passwd's format: PBKDF2 with SHA-512. Who gives no name is let in, as the helper's own probe is.
    const salt = randomBytes(12);
    const hash = pbkdf2Sync("right-one", salt, 101, 64, "sha512");
    const passwords = join(temporaryFolder(), "passwords");
    writeFileSync(passwords, `someone:$7$101$${salt.toString("base64")}$${hash.toString("base64")}\n`);
    const { port, plain } = await mosquittoTls(`password_file ${passwords}`);
    const tls = { ca: authority.certificate };
    await carries(await uplink({ url: `mqtts://localhost:${port}`, username: "someone", password: "right-one", tls }), plain);
    const url = `mqtts://localhost:${port}`;
    const said = await refusal({ url, username: "someone", password: "wrong-one", tls });
    expect(said).toMatchObject({ code: "E_MQTT_UPLINK_LOGIN" });
    expect(said?.detail).not.toContain("wrong-one");
  });
});

describe("Node, with OpenSSL 3.5", () => {
  test("X25519MLKEM768 and an ML-DSA certificate on both sides", async () => {
    const quantum = await testAuthority("quantum", "ML-DSA-65");
    const theirs = await quantum.issue({ name: "broker", hosts: HOSTS, algorithm: "ML-DSA-65" });
    const { certificate, key } = await quantum.issue({ name: "device", algorithm: "ML-DSA-65" });
    const { port, sockets } = await front({
      cert: theirs.certificate,
      key: theirs.key,
      ca: quantum.certificate,
      requestCert: true,
      rejectUnauthorized: true,
      ecdhCurve: "X25519MLKEM768",
    });
    const tls = { ca: quantum.certificate, certificate, key, postQuantum: "required" } as const;
    await carries(await uplink({ url: `mqtts://localhost:${port}`, tls }), mosquitto.port);
    expect(sockets[0]?.authorized).toBe(true);
    expect(sockets[0]?.getProtocol()).toBe("TLSv1.3");
  });

  test("the pinned key is enough where no authority is named", async () => {
    const { port } = await front({});
    const tls = { pin: pinOf(server) };
    await carries(await uplink({ url: `mqtts://localhost:${port}`, tls }), mosquitto.port);
  });

  const day = 86_400_000;
  const wrong: [string, string, () => Promise<{ server?: TlsServerOptions; tls?: TlsOptions }>][] = [
    ["an authority of its own", "E_TLS_UNTRUSTED", async () => ({ tls: { ca: (await testAuthority("other")).certificate } })],
    ["no public authority", "E_TLS_UNTRUSTED", async () => ({ tls: {} })],
    ["another pinned key", "E_TLS_PIN", async () => ({ tls: { pin: pinOf(authority) } })],
    [
      "another pinned key, though trusted",
      "E_TLS_PIN",
      async () => ({ tls: { ca: authority.certificate, pin: pinOf(authority) } }),
    ],
    [
      "the pinned key, but not trusted",
      "E_TLS_UNTRUSTED",
      async () => {
        return { tls: { ca: (await testAuthority("other")).certificate, pin: pinOf(server) } };
      },
    ],
    [
      "another name",
      "E_TLS_NAME",
      async () => {
        const { certificate, key } = await authority.issue({ name: "localhost", hosts: ["elsewhere"] });
        return { server: { cert: certificate, key } };
      },
    ],
    [
      "an expired certificate",
      "E_TLS_EXPIRED",
      async () => {
        const notAfter = new Date(Date.now() - day);
        const wish = { name: "old", hosts: HOSTS, notBefore: new Date(Date.now() - 2 * day), notAfter };
        const { certificate, key } = await authority.issue(wish);
        return { server: { cert: certificate, key } };
      },
    ],
    [
      "a certificate of tomorrow",
      "E_TLS_EXPIRED",
      async () => {
        const wish = {
          name: "new",
          hosts: HOSTS,
          notBefore: new Date(Date.now() + day),
          notAfter: new Date(Date.now() + 2 * day),
        };
        const { certificate, key } = await authority.issue(wish);
        return { server: { cert: certificate, key } };
      },
    ],
    ["TLS 1.2 only", "E_TLS_PROTOCOL", async () => ({ server: { maxVersion: "TLSv1.2" } })],
    [
      "no key exchange of ours",
      "E_TLS_PROTOCOL",
      async () => {
        return { server: { ecdhCurve: "X25519" }, tls: { ca: authority.certificate, postQuantum: "required" } };
      },
    ],
    [
      "a certificate file that is none",
      "E_TLS_FILE",
      async () => ({ tls: { ca: authority.certificate, certificate: "x", key: "y" } }),
    ],
    [
      "a key of another certificate",
      "E_TLS_FILE",
      async () => {
        return { tls: { ca: authority.certificate, certificate: server.certificate, key: authority.key } };
      },
    ],
  ];
  test.each(wrong)("%s: nothing is sent, and said as %s", async (_what, code, make) => {
    const { server: options = {}, tls = { ca: authority.certificate } } = await make();
    const { port, heard } = await front(options);
    const said = await refusal({ url: `mqtts://localhost:${port}`, tls, username: "user", password: "a-secret-one" });
    expect(said?.code, said?.detail).toBe(code);
    expect(said?.detail).not.toContain("a-secret-one");
    if (code === "E_TLS_EXPIRED") expect(said?.detail).toMatch(/valid from .* to .*; this device's clock says 20/);
    expect(heard()).toBe(0);
  });

  test("a port that speaks no TLS", async () => {
    const { port } = await startMosquitto();
    expect(await refusal({ url: `mqtts://localhost:${port}` })).toMatchObject({
      code: expect.stringMatching(/^E_(TLS_PROTOCOL|MQTT_UPLINK)$/),
    });
  });
});
