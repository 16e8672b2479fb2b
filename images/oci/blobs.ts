import { createHash } from "node:crypto";
import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileHash } from "../steps/file-hash.ts";

/** How parts of an image refer to each other [image-spec, descriptor.md]. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: `sha256:${string}`;
  readonly size: number;
}

/** Parts of an image by their content: `<folder>/blobs/sha256/<digest>` [image-spec, image-layout.md]. */
export class Blobs {
  readonly #home: string;

  private constructor(home: string) {
    this.#home = home;
  }

  static async in(folder: string): Promise<Blobs> {
    const home = join(folder, "blobs/sha256");
    await mkdir(home, { recursive: true });
    return new Blobs(home);
  }

  async json(mediaType: string, value: object): Promise<Descriptor> {
    const bytes = Buffer.from(JSON.stringify(value));
    const hash = createHash("sha256").update(bytes).digest("hex");
    await writeFile(join(this.#home, hash), bytes);
    return { mediaType, digest: `sha256:${hash}`, size: bytes.length };
  }

  /** Takes the file away from where it is. */
  async file(mediaType: string, file: string): Promise<Descriptor> {
    const [hash, { size }] = await Promise.all([fileHash(file), stat(file)]);
    await rename(file, join(this.#home, hash));
    return { mediaType, digest: `sha256:${hash}`, size };
  }
}
