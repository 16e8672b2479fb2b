import type { TransferOffer } from "../contract/index.ts";
import type { Journal } from "../store/index.ts";
import { cut, sizesFor } from "./cut.ts";
import { chunkHash, hashAt, split } from "./offer.ts";

/** Where a chunk lies in a stored envelope. */
export interface Place {
  readonly id: string;
  readonly offset: number;
  readonly length: number;
}

/** Envelopes that are looked at for one offer, newest first, and how many bytes of them: cutting takes the event loop's time. */
const LOOKED_AT = 256;
const LOOKED_AT_BYTES = 16 * 1024 * 1024;
/** Chunks whose places are remembered: some 150 bytes each. */
const REMEMBERED = 8192;

/** The versions on this device as a source of chunks: what a new version has in common with them is not sent. */
export class StoredEnvelopes {
  readonly #journal: Pick<Journal, "read">;
  /** By average and id: chunk's hash in hex → where. */
  readonly #cuts = new Map<string, ReadonlyMap<string, Place>>();
  /** The one that pieces were compressed with last: there are more of those to come. */
  #base: { readonly id: string; readonly bytes: Uint8Array } | undefined;

  constructor(journal: Pick<Journal, "read">) {
    this.#journal = journal;
  }

  async read(id: string): Promise<Uint8Array | undefined> {
    return (await this.#journal.read("transfer.envelope", id))[0]?.envelope;
  }

  /** The stored envelope whose id begins with `prefix`, in hex; kept at hand until `rest`. */
  async base(prefix: string): Promise<Uint8Array | undefined> {
    if (this.#base?.id.startsWith(prefix)) return this.#base.bytes;
    const id = await this.find([prefix]);
    const bytes = id === undefined ? undefined : await this.read(id);
    this.#base = id !== undefined && bytes ? { id, bytes } : undefined;
    return bytes;
  }

  /** Nothing is under way: what is only kept at hand is let go. */
  rest(): void {
    this.#base = undefined;
  }

  /** The stored envelope whose id begins with one of `prefixes`, in hex; the first prefix counts most. */
  async find(prefixes: readonly string[]): Promise<string | undefined> {
    if (prefixes.length === 0) return undefined;
    const stored = await this.#journal.read("transfer.stored", LOOKED_AT);
    for (const prefix of prefixes) {
      const found = stored.find(({ id }) => id.startsWith(prefix));
      if (found) return found.id;
    }
    return undefined;
  }

  /** Where the chunks `indexes` of an offer are, as far as they are here. */
  async locate(offer: TransferOffer, indexes: Iterable<number>): Promise<Map<number, Place>> {
    const found = new Map<number, Place>();
    const sought = new Map<string, number[]>();
    for (const index of indexes) {
      const hash = Buffer.from(hashAt(offer, index)).toString("hex");
      sought.set(hash, [...(sought.get(hash) ?? []), index]);
    }
    let bytes = 0;
    for (const stored of await this.#journal.read("transfer.stored", LOOKED_AT)) {
      bytes += stored.bytes;
      if (sought.size === 0 || bytes > LOOKED_AT_BYTES) break;
      const places = await this.#cutsOf(stored.id, offer.average);
      for (const [hash, wanted] of sought) {
        const place = places.get(hash);
        if (!place) continue;
        for (const index of wanted) found.set(index, place);
        sought.delete(hash);
      }
    }
    return found;
  }

  async #cutsOf(id: string, average: number): Promise<ReadonlyMap<string, Place>> {
    const key = `${average}/${id}`;
    const known = this.#cuts.get(key);
    if (known) return known;
    const envelope = (await this.read(id)) ?? new Uint8Array(0);
    const places = new Map<string, Place>();
    let offset = 0;
    for (const chunk of split(envelope, cut(envelope, sizesFor(average)))) {
      places.set(Buffer.from(chunkHash(chunk)).toString("hex"), { id, offset, length: chunk.length });
      offset += chunk.length;
    }
    this.#cuts.set(key, places);
    let remembered = 0;
    for (const { size } of this.#cuts.values()) remembered += size;
    for (const [oldest, { size }] of this.#cuts) {
      if (remembered <= REMEMBERED) break;
      this.#cuts.delete(oldest);
      remembered -= size;
    }
    return places;
  }
}
