import fc from "fast-check";
import { expect, test } from "vitest";
import { isSealed, seal, unseal } from "../../../../runtime/boot/backup/seal.ts";

const PASSPHRASE = "correct horse battery";
const LN = 10;

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

const sealed = (bytes: Uint8Array, size = 10_000) => collect(seal(pieces(bytes, size), PASSPHRASE, LN));

test.each([0, 1, 65_535, 65_536, 65_537, 131_072, 300_001])("%i bytes come back", async (length) => {
  const plain = Buffer.alloc(length, 0x5a);
  const bytes = await sealed(plain);
  expect(isSealed(bytes)).toBe(true);
  expect(Buffer.compare(await collect(unseal(pieces(bytes, 777), PASSPHRASE)), plain)).toBe(0);
});

test("another passphrase opens nothing", async () => {
  const bytes = await sealed(Buffer.from("secret"));
  await expect(collect(unseal(pieces(bytes, 100), "another passphrase"))).rejects.toMatchObject({ code: "E_BACKUP_PASSPHRASE" });
  await expect(collect(unseal(pieces(bytes, 100), "short"))).rejects.toMatchObject({ code: "E_BACKUP_NO_PASSPHRASE" });
});

test("a byte changed, cut off or added anywhere is found", async () => {
  const bytes = await sealed(Buffer.alloc(200_000, 1));
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.constantFrom("change", "cut", "add"), async (at, what) => {
      const changed = { change: Buffer.from(bytes), cut: bytes.subarray(0, at), add: Buffer.concat([bytes, Buffer.alloc(1)]) }[
        what
      ];
      if (what === "change") changed[at] = (changed[at] as number) ^ 1;
      // The cost of the passphrase is in the header too: a dearer one is refused or only slower.
      if (what === "change" && at === 9) return;
      const opened = collect(unseal(pieces(changed, 50_000), PASSPHRASE));
      await expect(opened).rejects.toMatchObject({ code: expect.stringMatching(/^E_BACKUP_(FORMAT|DAMAGED|PASSPHRASE)$/) });
    }),
    { numRuns: 60 },
  );
});

test("blocks cannot change places", async () => {
  const bytes = await sealed(Buffer.concat([Buffer.alloc(65_536, 1), Buffer.alloc(65_536, 2), Buffer.alloc(65_536, 3)]));
  const block = 4 + 65_536 + 16;
  const start = 26;
  const swapped = Buffer.concat([
    bytes.subarray(0, start),
    bytes.subarray(start + block, start + 2 * block),
    bytes.subarray(start, start + block),
    bytes.subarray(start + 2 * block),
  ]);
  await expect(collect(unseal(pieces(swapped, 50_000), PASSPHRASE))).rejects.toMatchObject({ code: "E_BACKUP_PASSPHRASE" });
});
