/** The bytes of a bundle, wherever they are. */
export interface ByteSource {
  /**
   * `length` bytes from `at` on, in pieces of any size, as they come. Throws E_UPDATE_SOURCE where trying again later may help;
   * E_IMAGE where the file ends before; E_UPDATE_RANGES and E_UPDATE_CHANGED, which are final.
   */
  read(at: number, length: number, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}
