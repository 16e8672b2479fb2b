/** What one client, or all of them, may take of the device. */
export const LIMITS = {
  /** Open connections; more are closed at once. */
  sockets: 64,
  /** Live views among them. */
  liveClients: 16,
  /** Bytes that wait for a live view that does not read; one more frame then and it is cut off. */
  backlogBytes: 512 * 1024,
  /** Bytes of a request line and its headers; browsers send less than 2 KiB. */
  headerBytes: 8 * 1024,
  /** ms for a request's headers to arrive. */
  headersMillis: 5_000,
  /** ms for a whole request to arrive. */
  requestMillis: 10_000,
  /** ms that an unused connection is kept. */
  keepAliveMillis: 5_000,
  /** ms without a byte either way. */
  silenceMillis: 30_000,
  /** ms between looks for connections that are over their time. */
  checkMillis: 1_000,
  /** Messages shown in one frame; a burst beyond it is left out. */
  messagesPerFrame: 50,
} as const;
