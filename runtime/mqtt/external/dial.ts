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

/** A socket to `address`, which may still be connecting. */
export function dial({ host, port, tls }: Address, options: TlsOptions): Socket {
  if (!tls) return connect({ host, port, noDelay: true });
  // A start-up snapshot cannot hold node:tls, so it is loaded where it is needed
  const { connect: connectTls } = process.getBuiltinModule("node:tls");
  return connectTls({ ...options, host, port, servername: host, minVersion: "TLSv1.3" });
}
