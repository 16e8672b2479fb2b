import { createHash } from "node:crypto";
import { zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import type { ByteSource } from "../../../runtime/update/index.ts";
import { fetchBlocks } from "../../../runtime/update/slot/fetch-blocks.ts";

const CONTENT = Buffer.alloc(4096, "as it was signed ");

async function fetched(stored: Uint8Array): Promise<Uint8Array[]> {
  const block = {
    hash: createHash("sha256").update(CONTENT).digest("hex"),
    at: 0,
    length: CONTENT.length,
    storedAt: 0,
    stored: stored.length,
  };
  const source: ByteSource = {
    async *read(at, length) {
      yield stored.subarray(at, at + length);
    },
    close: async () => {},
  };
  const blocks: Uint8Array[] = [];
  for await (const { bytes } of fetchBlocks(source, { at: 0, length: stored.length, blocks: [block] })) blocks.push(bytes);
  return blocks;
}

test("a block comes out as it went in", async () => {
  expect(await fetched(zstdCompressSync(CONTENT))).toEqual([CONTENT]);
});

test("one that unpacks to more than its index says is refused", async () => {
  await expect(fetched(zstdCompressSync(Buffer.alloc(64 * 1024 * 1024)))).rejects.toMatchObject({ code: "E_IMAGE_BLOCK" });
});

test("one whose frame asks for 128 MiB of memory is refused before it is unpacked", async () => {
  expect(await fetched(frame(17))).toEqual([CONTENT]);
  await expect(fetched(frame(27))).rejects.toMatchObject({ code: "E_IMAGE_BLOCK" });
});

/** A Zstandard frame with a window of 2^log bytes and the content as it is [RFC 8878, 3.1.1]. */
function frame(log: number): Uint8Array {
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (log - 10) << 3, 0, 0, 0]);
  header.writeUIntLE((CONTENT.length << 3) | 1, 6, 3);
  return Buffer.concat([header, CONTENT]);
}

test("what is no frame at all is refused", async () => {
  await expect(fetched(CONTENT.subarray(0, 100))).rejects.toMatchObject({ code: "E_IMAGE_BLOCK" });
});
