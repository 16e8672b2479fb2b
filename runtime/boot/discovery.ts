import type { EventLog } from "../event/index.ts";

export interface DiscoveryOptions {
  readonly device: string;
  readonly version: string;
  readonly port: number;
  /** Where it speaks TLS, if anywhere. */
  readonly tlsPort?: number;
  /** Whether it has an owner. */
  readonly paired: boolean;
  readonly events: Pick<EventLog, "emit">;
  /** Network interfaces by name; all of them where absent. */
  readonly interfaces?: readonly string[];
}

export interface Discovery {
  /** It has an owner now. */
  paired(): void;
  /** Says goodbye, so that nobody shows it any longer. */
  close(): Promise<void>;
}

const SERVICE_TYPE = "steppps";

/**
 * Lets the device be found on the local network by multicast DNS [RFC 6762, 6763]: `<device>._steppps._tcp.local`, with its version,
 * its ports and whether it has an owner. What is told here anybody on the network reads.
 */
export async function advertise(options: DiscoveryOptions): Promise<Discovery> {
  const { device, version, port, tlsPort, events, interfaces } = options;
  const { default: ciao } = await import("@homebridge/ciao");
  const responder = ciao.getResponder({ ...(interfaces && { interface: [...interfaces] }) });
  const txt = (paired: boolean) => ({
    device,
    version,
    paired: paired ? "1" : "0",
    ...(tlsPort !== undefined && { tls: String(tlsPort) }),
  });
  const service = responder.createService({
    name: device,
    type: SERVICE_TYPE,
    port,
    hostname: device,
    txt: txt(options.paired),
    ...(interfaces && { restrictedAddresses: [...interfaces] }),
  });
  service.on("name-change", (name: string) => {
    const text = `something on this network is called ${device} already: this device is found there as '${name}'; give it a name of its own`;
    events.emit({ kind: "discovery.renamed", level: "warn", text });
  });
  await service.advertise();
  return {
    paired: () => service.updateTxt(txt(true)),
    async close() {
      await service.end();
      await responder.shutdown();
    },
  };
}
