import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdDecompress } from "node:zlib";
import { asStepppsError, StepppsError, utf8 } from "../../contract/index.ts";
import { type BackupFile, type BackupManifest, MANIFEST_NAME, MAX_MANIFEST_BYTES, parseManifest } from "./manifest.ts";

/** The archive, not yet compressed: a tar of the manifest and then of each file as `read` gives it. */
export async function packArchive(
  manifest: BackupManifest,
  read: (path: string) => AsyncIterable<Uint8Array>,
): Promise<Readable> {
  const { packTar } = await import("modern-tar/fs");
  const shared = { mtime: new Date(manifest.time), mode: 0o600 };
  const text = utf8(JSON.stringify(manifest));
  return packTar([
    { type: "content", target: MANIFEST_NAME, content: text, ...shared },
    ...manifest.files.map(({ path, bytes }) => ({
      type: "stream" as const,
      target: path,
      size: bytes,
      content: Readable.from(read(path)),
      ...shared,
    })),
  ]);
}

/** Read when its turn comes, so that a long list of files holds no descriptors. */
export async function* readLater(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path);
}

/**
 * Goes through a compressed archive: `begin` is told what will come, then `take` is given each file in the manifest's order. Throws
 * E_BACKUP_FORMAT, E_BACKUP_NEWER, E_BACKUP_DAMAGED, and what the two throw.
 */
export async function unpackArchive(
  compressed: AsyncIterable<Uint8Array>,
  begin: (manifest: BackupManifest) => Promise<void>,
  take: (file: BackupFile, content: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<BackupManifest> {
  const { createTarDecoder } = await import("modern-tar");
  const tar = createZstdDecompress();
  let broken: unknown;
  const fed = pipeline(Readable.from(compressed), tar).catch((error: unknown) => {
    broken = error;
  });
  try {
    const entries = (Readable.toWeb(tar) as ReadableStream<Uint8Array>).pipeThrough(createTarDecoder({ strict: true }));
    let manifest: BackupManifest | undefined;
    let number = 0;
    for await (const { header, body } of entries) {
      if (!manifest) {
        if (header.name !== MANIFEST_NAME || header.type !== "file") throw new StepppsError("E_BACKUP_FORMAT");
        manifest = parseManifest(await readText(body, header.size));
        await begin(manifest);
        continue;
      }
      const file = manifest.files[number++];
      if (!file || header.type !== "file" || header.name !== file.path || header.size !== file.bytes)
        throw new StepppsError("E_BACKUP_DAMAGED", `${header.name.slice(0, 200)} is not what the manifest says comes here`);
      await take(file, body);
    }
    await fed;
    if (broken) throw broken;
    if (!manifest) throw new StepppsError("E_BACKUP_FORMAT", "it is empty");
    if (number < manifest.files.length) throw new StepppsError("E_BACKUP_DAMAGED", "it ends too early");
    return manifest;
  } catch (error) {
    tar.destroy();
    await fed;
    // What broke the stream below says more than that it broke.
    const cause = broken instanceof StepppsError ? broken : error;
    throw asStepppsError(cause, (cause as NodeJS.ErrnoException).syscall ? "E_FILE" : "E_BACKUP_FORMAT");
  }
}

async function readText(body: ReadableStream<Uint8Array>, size: number): Promise<string> {
  if (size > MAX_MANIFEST_BYTES) throw new StepppsError("E_BACKUP_FORMAT", "its manifest is too large");
  return new Response(body as never).text();
}
