import { connect } from "node:net";
import type { PluginStatus } from "../contract/index.ts";
import type { Bus } from "../mqtt/index.ts";
import { type NetworkState, readNetworkState } from "../platform/index.ts";
import type { Journal } from "../store/index.ts";
import type { Before, HealthCheck } from "../update/index.ts";

export interface HealthPorts {
  readonly bus: Pick<Bus, "url" | "connected" | "uplink">;
  readonly journal: Pick<Journal, "commit">;
  plugins(): readonly PluginStatus[];
  /** What is wrong with the data partition. */
  dataFault(): Promise<string | undefined>;
  /** Why the supervisor is not up as a whole; undefined when it is. */
  notUp(): string | undefined;
}

const PROBE_MS = 5_000;
/** CONNECT of MQTT 3.1.1 with an empty client id and a clean session [3.1]. */
const CONNECT = Buffer.from([0x10, 12, 0, 4, ...Buffer.from("MQTT"), 4, 2, 0, 10, 0, 0]);
const CONNACK = 0x20;

/** How the device does now, for the gate of the next version to compare with. */
export function healthNow({ bus, plugins }: Pick<HealthPorts, "bus" | "plugins">): Before {
  const healthy = plugins().filter(({ health }) => health === "healthy");
  return { plugins: healthy.map(({ name }) => name), broker: bus.connected(), uplink: bus.uplink?.connected ?? false };
}

/** What a new version has to do as well as the one before it. */
export function healthChecks({ bus, journal, plugins, dataFault, notUp }: HealthPorts): HealthCheck[] {
  return [
    { name: "supervisor", fault: notUp },
    {
      name: "plugins",
      fault(before) {
        const now = new Map(plugins().map((plugin) => [plugin.name, plugin.health]));
        const ill = before.plugins.filter((name) => now.get(name) !== "healthy");
        return ill.length === 0 ? undefined : ill.map((name) => `${name} is ${now.get(name) ?? "gone"}`).join(", ");
      },
    },
    { name: "broker", fault: (before) => brokerFault(bus, before) },
    {
      name: "data",
      async fault() {
        const fault = await dataFault();
        if (fault !== undefined) return fault;
        await journal.commit([["meta.set", "update.gate", "written"]]);
        return undefined;
      },
    },
    {
      name: "uplink",
      async fault(before) {
        if (!before.uplink || bus.uplink?.connected) return undefined;
        // An outage elsewhere is no fault of this version: it counts only while the way out is there
        return hasWayOut(await readNetworkState("/sys/class/net", "/proc/net"))
          ? "it was connected before, and link and route are there"
          : undefined;
      },
    },
  ];
}

function hasWayOut({ links, defaultRoute }: NetworkState): boolean {
  return defaultRoute && links.some(({ carrier }) => carrier);
}

/** The broker here has to answer; one elsewhere only where it did before, and there is a way to it. */
async function brokerFault(bus: HealthPorts["bus"], before: Before): Promise<string | undefined> {
  const { hostname, port } = new URL(bus.url);
  const isHere = hostname === "127.0.0.1" || hostname === "localhost" || hostname === "[::1]";
  if (isHere && bus.uplink?.url !== bus.url) return probe(hostname.replace(/^\[|\]$/g, ""), Number(port || 1883));
  if (!before.broker || bus.connected()) return undefined;
  return hasWayOut(await readNetworkState("/sys/class/net", "/proc/net"))
    ? "it was connected before, and link and route are there"
    : undefined;
}

/** Any CONNACK is an answer, also one that says no. */
function probe(host: string, port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const socket = connect({ host, port, timeout: PROBE_MS }, () => socket.write(CONNECT));
  socket.once("data", (bytes) => resolve(bytes[0] === CONNACK ? undefined : "it answers with something else"));
  socket.once("timeout", () => resolve("no answer"));
  socket.once("error", (error) => resolve(error.message));
  socket.once("close", () => resolve("it closes the connection"));
  return promise.finally(() => socket.destroy());
}
