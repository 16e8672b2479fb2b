import { connect, type Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";

export interface Address {
  readonly host: string;
  readonly port: number;
  /** TLS 1.3, where the URL says mqtts:. */
  readonly tls: boolean;
}

/** What TLS needs to know beyond the machine's own certificate authorities. */
export type TlsOptions = Pick<ConnectionOptions, "ca" | "cert" | "key">;

/** One read takes this much at most. */
const READ_BYTES = 64 * 1024;

/** A socket to `address`, which may still be connecting. What it reads goes to `receive`; false from there stops it until `resume()`. */
export function dial({ host, port, tls }: Address, options: TlsOptions, receive: (chunk: Buffer) => boolean): Socket {
  // One buffer for all reads, and no stream between: what is read is copied once, and a stop is one at once
  const callback = (bytes: number, buffer: Uint8Array) => receive(Buffer.from(buffer.subarray(0, bytes)));
  const onread = { buffer: new Uint8Array(READ_BYTES), callback };
  if (!tls) return connect({ host, port, noDelay: true, onread });
  // A start-up snapshot cannot hold node:tls, so it is loaded where it is needed
  const { connect: connectTls } = process.getBuiltinModule("node:tls");
  return connectTls({ ...options, onread, host, port, servername: host, minVersion: "TLSv1.3" } as ConnectionOptions);
}
