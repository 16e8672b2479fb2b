/** What one client, or all of them, may take of the device. */
export const LIMITS = {
  /** Open connections; more are closed at once. */
  sockets: 64,
  /** Live views among them. */
  liveClients: 16,
  /** ms that a live view lasts; the page opens it again by itself, which looks whether its session still holds. */
  liveMillis: 3_600_000,
  /** Bytes that wait for a live view that does not read; one more frame then and it is cut off. */
  backlogBytes: 512 * 1024,
  /** Bytes of a request line and its headers; browsers send less than 2 KiB. */
  headerBytes: 8 * 1024,
  /** ms for a request's headers to arrive. */
  headersMillis: 5_000,
  /** ms for a whole request to arrive, a package of 8 MiB over a slow link among them. */
  requestMillis: 300_000,
  /** Bytes of what an action says, and ms for it to arrive. */
  bodyBytes: 16 * 1024,
  bodyMillis: 10_000,
  /** Packages that are received at once. */
  uploads: 2,
  /** ms for which a body that nobody wants is still read and thrown away. */
  lingerMillis: 3_000,
  /** ms that an unused connection is kept. */
  keepAliveMillis: 5_000,
  /** ms without a byte either way. */
  silenceMillis: 30_000,
  /** ms between looks for connections that are over their time. */
  checkMillis: 1_000,
  /** Messages shown in one frame; a burst beyond it is left out. */
  messagesPerFrame: 50,
  /** People who are logged in. */
  sessions: 64,
  /** ms after which an unused session ends, and after which every one does. */
  sessionIdleMillis: 12 * 3_600_000,
  sessionMillis: 7 * 24 * 3_600_000,
  /** Rows of a list. */
  rows: 200,
} as const;
