/** Every bound of the embedded broker, in one place. Bytes are of payload and topic unless said otherwise. */
export interface Limits {
  /** Largest PUBLISH; a larger one ends its connection before it is read. */
  readonly packetBytes: number;
  /** Largest packet of any other kind. */
  readonly controlPacketBytes: number;
  /** Connections in all, and how many of them are left to this machine's own. */
  readonly clients: number;
  readonly clientsHere: number;
  /** Connections from elsewhere that have not logged in: of one address, and in all. */
  readonly strangersPerAddress: number;
  readonly strangers: number;
  /** Of UTF-8. */
  readonly clientIdBytes: number;
  /** Packets that have not arrived whole, of all clients. */
  readonly unfinishedBytes: number;
  /** Messages of one client, and bytes of all clients, that await `done` or a commit; beyond, the sockets are not read. */
  readonly inflightMessages: number;
  readonly inflightBytes: number;
  /** Bytes waiting in one client's socket: beyond the first, QoS 0 is dropped; beyond the second, a client without a session is disconnected. */
  readonly unreadBytes: number;
  readonly unreadBytesMax: number;
  /** The same for all clients: with many of them, each one's bound is its share of this. */
  readonly unreadBytesTotal: number;
  /** Queue of one session, online or not. */
  readonly queueMessages: number;
  readonly queueBytes: number;
  /** All sessions' queues. */
  readonly queueBytesTotal: number;
  readonly sessions: number;
  /** h that a session is kept without its client, counted while the broker runs. */
  readonly sessionHours: number;
  readonly subscriptionsPerClient: number;
  /** Topic levels in the filters of one client, and of all. */
  readonly filterLevelsPerClient: number;
  readonly filterLevelsTotal: number;
  readonly retainedTopics: number;
  readonly retainedBytes: number;
  /** ms for a connection to send CONNECT. */
  readonly connectTimeout: number;
}

const KiB = 1024;
const MiB = 1024 * KiB;

export const DEFAULT_LIMITS: Limits = {
  packetBytes: MiB,
  controlPacketBytes: 128 * KiB,
  clients: 256,
  clientsHere: 64,
  strangersPerAddress: 8,
  strangers: 32,
  clientIdBytes: 512,
  unfinishedBytes: 32 * MiB,
  inflightMessages: 4096,
  inflightBytes: 32 * MiB,
  unreadBytes: 2 * MiB,
  unreadBytesMax: 8 * MiB,
  unreadBytesTotal: 64 * MiB,
  queueMessages: 10_000,
  queueBytes: 16 * MiB,
  queueBytesTotal: 64 * MiB,
  sessions: 1024,
  sessionHours: 7 * 24,
  subscriptionsPerClient: 20_000,
  filterLevelsPerClient: 100_000,
  filterLevelsTotal: 500_000,
  retainedTopics: 50_000,
  retainedBytes: 64 * MiB,
  connectTimeout: 10_000,
};
