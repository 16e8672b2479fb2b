import { type DeviceDocument, StepppsError } from "../contract/index.ts";
import type { EventLog } from "../event/index.ts";
import { type Clock, linuxFiles } from "../platform/index.ts";
import type { Journal } from "../store/index.ts";
import { copyJournal, removeCopies } from "./backup/copy-journal.ts";
import { openPairing } from "./claim.ts";
import type { DataDirectory } from "./data-paths.ts";
import type { Discovery } from "./discovery.ts";
import { LiveDocument } from "./live-document.ts";
import type { LoadedDocument } from "./load-document.ts";
import { openOwners } from "./owners.ts";
import type { PhaseTime } from "./phases.ts";
import { type Storage, watchStorage } from "./storage.ts";

export interface OperationPorts {
  readonly data: DataDirectory;
  readonly device: string;
  readonly version: string;
  /** What the supervisor starts with. */
  readonly document: DeviceDocument;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly events: EventLog;
  /** How long each phase of the start took. */
  phases(): readonly PhaseTime[];
  /** Whether a signed root says who owns the device, whatever the owners are. */
  governed(): boolean;
  /** What is wrong with the file. */
  readonly fault?: string | undefined;
  /** Told each time the document was read again. */
  read?: ((result: LoadedDocument) => void) | undefined;
}

/** Where the broker listens beyond this machine; undefined for what it doesn't do. */
export interface Reach {
  readonly port?: number;
  readonly tlsPort?: number;
}

const MEGABYTE = 1_000_000;
const GOODBYE_MS = 1_000;

/**
 * What living with a device takes beside its work: its document as it changes, its owners, pairing, storage, being found. `begin` is
 * called once messages are handled; what comes before it costs two small files read.
 */
export async function openOperation(ports: OperationPorts) {
  const { data, device, version, journal, clock, events, phases, fault, read } = ports;
  const files = linuxFiles();
  const document = new LiveDocument({
    data,
    files,
    clock,
    events,
    document: ports.document,
    ...(fault !== undefined && { fault }),
    ...(read && { read }),
  });
  const owners = await openOwners({ data, clock, events, document: () => document.current });
  document.on("owners", () => owners.reload());
  let storage: Storage | undefined;
  let copying = false;
  // Names are probed for on the network, which takes a second or, without a network, for ever: nobody waits for it.
  let discovery: Promise<Discovery | undefined> = Promise.resolve(undefined);
  const claimed = () => void discovery.then((found) => found?.paired());
  const owned = () => owners.list().length > 0 || ports.governed();
  const pairing = openPairing({ device, data, files, clock, owners, events, owned, claimed });

  return {
    document,
    owners,
    pairing,
    storage: () => storage?.status(),
    async reload() {
      await document.reload();
      await owners.reload();
    },
    methods: {
      pair: (args: Readonly<Record<string, unknown>>) => pairing.pair(args),
      support: async () => ({ phases: phases(), opened: journal.opened.state, journal: await journal.size() }),
      backup: async () => {
        if (copying) throw new StepppsError("E_CONTROL_BUSY", "a backup is being made");
        copying = true;
        try {
          return { copy: await copyJournal(data, journal) };
        } finally {
          copying = false;
        }
      },
    },
    /** Follows the file, the disk, and makes itself known where there is somebody to know it. */
    async begin({ port, tlsPort }: Reach) {
      await removeCopies(data);
      await document.watch();
      await files.makePrivate(data.owners);
      owners.watch();
      const budget = () => {
        const megabytes = document.current.storage?.dailyWriteMegabytes;
        return megabytes === undefined ? undefined : megabytes * MEGABYTE;
      };
      storage = await watchStorage({ journal, clock, events, path: data.path, budget });
      const { mdns = port !== undefined || tlsPort !== undefined } = ports.document.discovery ?? {};
      if (!mdns || (port ?? tlsPort) === undefined) return;
      const { advertise } = await import("./discovery.ts");
      const shared = { device, version, events, paired: owned() };
      discovery = advertise({ ...shared, port: port ?? (tlsPort as number), ...(tlsPort !== undefined && { tlsPort }) }).catch(
        (error: unknown) => void events.emit({ kind: "supervisor.trouble", level: "warn", text: `mDNS: ${error}` }),
      );
    },
    async close() {
      await Promise.race([discovery.then((found) => found?.close()), pause(clock, GOODBYE_MS)]);
      owners.close();
      await storage?.close();
      await document.close();
    },
  };
}
export type Operation = Awaited<ReturnType<typeof openOperation>>;

function pause(clock: Clock, millis: number): Promise<void> {
  return new Promise((resolve) => void clock.after(millis, resolve));
}
