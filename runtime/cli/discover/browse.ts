import { networkInterfaces } from "node:os";

/** A device that answered on the local network. What it says of itself nobody has proved. */
export interface Found {
  readonly device: string;
  readonly address: string;
  readonly host: string;
  readonly port: number;
  readonly tls?: number;
  readonly version: string;
  readonly paired: boolean;
}

const TYPE = "_steppps._tcp.local";
/** A network has fewer; somebody who answers with more is not listened to. */
const MAX_FOUND = 1_000;
/** RFC 6762, 5.2: the first answers come within a fraction of a second; a lost query is asked again. */
const ASK_AGAIN_MS = [0, 1_000];

interface Answer {
  readonly name: string;
  readonly type: string;
  readonly data: unknown;
}

/** Asks by multicast DNS on every network of this machine, and listens for so long. */
export async function browse({ millis, signal }: { readonly millis: number; readonly signal: AbortSignal }): Promise<Found[]> {
  const { default: multicastDns } = await import("multicast-dns");
  const found = new Map<string, Found>();
  const sockets = ownAddresses().map((address) => {
    // Bound to all addresses: what is sent to the group reaches no socket that is bound to one of them.
    const socket = multicastDns({ interface: address, bind: "0.0.0.0" });
    socket.on("response", ({ answers = [], additionals = [] }, { address: from }) => {
      for (const one of readAnswers([...answers, ...additionals] as readonly Answer[], from)) {
        const name = `${one.device} ${one.host}`;
        // One on this very machine answers on its loopback interface too.
        const known = found.has(name) && one.address.startsWith("127.");
        if (!known && found.size < MAX_FOUND) found.set(name, one);
      }
    });
    // An interface that goes away meanwhile, or takes no multicast, is one less to hear from.
    socket.on("error", () => {});
    return socket;
  });
  const ask = () => {
    for (const socket of sockets) socket.query({ questions: [{ name: TYPE, type: "PTR" }] });
  };
  const timers = ASK_AGAIN_MS.map((wait) => setTimeout(ask, Math.min(wait, millis / 2)));
  await pause(millis, signal);
  for (const timer of timers) clearTimeout(timer);
  await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.destroy(() => resolve()))));
  return [...found.values()].sort((a, b) => (`${a.device} ${a.host}` < `${b.device} ${b.host}` ? -1 : 1));
}

function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
}

/** The devices that one answer tells of: PTR names an instance, SRV its host and port, TXT the rest, A its address. */
export function readAnswers(answers: readonly Answer[], from: string): Found[] {
  const of = (type: string, name: string) => answers.find((answer) => answer.type === type && same(answer.name, name))?.data;
  const instances = answers.flatMap(({ type, name, data }) =>
    type === "PTR" && same(name, TYPE) && typeof data === "string" ? [data] : [],
  );
  return instances.flatMap((instance) => {
    const service = of("SRV", instance) as { target?: unknown; port?: unknown } | undefined;
    if (typeof service?.target !== "string" || typeof service.port !== "number") return [];
    const txt = readTxt(of("TXT", instance));
    const tls = Number(txt.get("tls"));
    const address = of("A", service.target);
    return [
      {
        device: (txt.get("device") ?? instance.slice(0, -TYPE.length - 1)).slice(0, 63),
        address: typeof address === "string" ? address : from,
        host: service.target.slice(0, 255),
        port: service.port,
        version: (txt.get("version") ?? "").slice(0, 63),
        paired: txt.get("paired") === "1",
        ...(Number.isInteger(tls) && tls > 0 && { tls }),
      },
    ];
  });
}

/** "key=value" strings (RFC 6763, 6.3); the first of a key counts. */
function readTxt(data: unknown): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const item of Array.isArray(data) ? data.slice(0, 32) : []) {
    if (!(item instanceof Uint8Array)) continue;
    const [key = "", ...rest] = Buffer.from(item).toString("utf8").split("=");
    if (!pairs.has(key.toLowerCase())) pairs.set(key.toLowerCase(), rest.join("="));
  }
  return pairs;
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

function pause(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, millis);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
