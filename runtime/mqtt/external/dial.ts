import { createHash } from "node:crypto";
import { connect, isIP, Socket } from "node:net";
import type { ConnectionOptions, PeerCertificate, TLSSocket } from "node:tls";
import { type ErrorCode, StepppsError } from "../../contract/index.ts";
import { GROUPS } from "../tls-groups.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
  /** TLS 1.3, where the URL says mqtts:. */
  readonly tls: boolean;
}

/** How the other side proves who it is, and how this device does. All PEM. */
export interface TlsOptions {
  /** The authorities to trust in place of the public ones. */
  readonly ca?: string;
  /**
   * `sha256/<base64>` of the one public key (SubjectPublicKeyInfo) that the other side may have [RFC 7469 2.4]. Without `ca` it
   * is all that is asked for: a certificate that names another host, or is past its time, still proves the key.
   */
  readonly pin?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly postQuantum?: "preferred" | "required";
}

/** One read takes this much at most. */
const READ_BYTES = 64 * 1024;

/**
 * A socket to `address`, which may still be connecting. What it reads goes to `receive`; false from there stops it until
 * `resume()`. What is written waits until the other side has proved who it is; where it doesn't, the socket ends with E_TLS_*.
 */
export function dial({ host, port, tls }: Address, options: TlsOptions, receive: (chunk: Buffer) => boolean): Socket {
  // One buffer for all reads, and no stream between: what is read is copied once, and a stop is one at once
  const callback = (bytes: number, buffer: Uint8Array) => receive(Buffer.from(buffer.subarray(0, bytes)));
  const onread = { buffer: new Uint8Array(READ_BYTES), callback };
  if (!tls) return connect({ host, port, noDelay: true, onread });
  let socket: TLSSocket;
  try {
    // A start-up snapshot cannot hold node:tls, so it is loaded where it is needed
    const tlsModule = process.getBuiltinModule("node:tls");
    socket = tlsModule.connect({ ...context(options), onread, host, port, ...named(host) } as ConnectionOptions);
  } catch (cause) {
    return new Socket().destroy(new StepppsError("E_TLS_FILE", (cause as Error).message, { cause }));
  }
  socket.cork();
  socket.once("secureConnect", () => {
    const fault = faultOf(socket, options);
    if (fault) socket.destroy(fault);
    else socket.uncork();
  });
  return socket;
}

/** Why a connection failed, with its code: E_TLS_*, or E_MQTT_UPLINK for what is no matter of TLS. */
export function explainDial(url: string, error: Error): StepppsError {
  if (error instanceof StepppsError) return error;
  // As OpenSSL words it, behind ERR_SSL_* when something was read and EPROTO when something was to be written
  const reason = /:SSL routines:[^:]*:([^:]+):/.exec(error.message)?.[1];
  if (reason === undefined) return new StepppsError("E_MQTT_UPLINK", `${url}: ${error.message}`, { cause: error });
  // Alerts by which the other side speaks about our certificate [RFC 8446 6.2]
  const ours = /alert .*(certificate|unknown ca|access denied|decrypt error)/.test(reason);
  return new StepppsError(ours ? "E_TLS_CLIENT" : "E_TLS_PROTOCOL", `${url}: ${reason}`, { cause: error });
}

function context({ ca, certificate, key, postQuantum = "preferred" }: TlsOptions): ConnectionOptions {
  return {
    minVersion: "TLSv1.3",
    ecdhCurve: GROUPS[postQuantum],
    // Looked at by `faultOf` before the first byte is written: there the certificate can be named, here it could not
    rejectUnauthorized: false,
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { cert: certificate }),
    ...(key !== undefined && { key }),
  };
}

/** An address is no server name [RFC 6066 3]; the certificate is then asked for the address. */
function named(host: string): ConnectionOptions {
  return isIP(host) === 0 ? { servername: host } : {};
}

const TIME = ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"];
const NAME = "ERR_TLS_CERT_ALTNAME_INVALID";

/** Why the other side is not the one it has to be; undefined where it is. */
function faultOf(socket: TLSSocket, { ca, pin }: TlsOptions): StepppsError | undefined {
  const certificate = socket.getPeerCertificate();
  if (pin !== undefined && pinOf(socket) !== pin) return new StepppsError("E_TLS_PIN", `it has ${pinOf(socket)}`);
  if (socket.authorized || (pin !== undefined && ca === undefined)) return undefined;
  // A code, whatever the types say
  const why = String(socket.authorizationError ?? "no certificate");
  const code: ErrorCode = TIME.includes(why) ? "E_TLS_EXPIRED" : why === NAME ? "E_TLS_NAME" : "E_TLS_UNTRUSTED";
  return new StepppsError(code, code === "E_TLS_EXPIRED" ? times(certificate) : `${why}; ${names(certificate)}`);
}

function pinOf(socket: TLSSocket): string {
  const key = socket.getPeerX509Certificate()?.publicKey.export({ type: "spki", format: "der" });
  return key ? `sha256/${createHash("sha256").update(key).digest("base64")}` : "none";
}

function names({ subject, subjectaltname }: Partial<PeerCertificate>): string {
  return `its certificate is for ${(subjectaltname || String(subject?.CN ?? "nobody")).slice(0, 200)}`;
}

/** When this was written: no clock that is right says anything earlier. */
const WRITTEN = Date.UTC(2026, 10, 1);

function times({ valid_from, valid_to }: Partial<PeerCertificate>): string {
  const now = Date.now();
  const clock = new Date(now).toISOString();
  const wrong = now < WRITTEN ? ", which cannot be right: the clock has to be set first" : "";
  return `valid from ${valid_from} to ${valid_to}; this device's clock says ${clock}${wrong}`;
}
