import fc from "fast-check";
import { expect, test } from "vitest";
import { utf8 } from "../../../runtime/contract/index.ts";
import { openWithPassphrase, sealWithPassphrase } from "../../../runtime/trust/index.ts";

const sealed = await sealWithPassphrase(utf8("a key"), "correct hörse battery");

test("opens with the passphrase, typed in either normal form, and with no other", async () => {
  const opened = await openWithPassphrase(sealed, "correct hörse battery".normalize("NFD"));
  expect(Buffer.from(opened).toString()).toBe("a key");
  await expect(openWithPassphrase(sealed, "correct horse battery")).rejects.toThrow("E_PASSPHRASE");
});

test("is another file each time", async () => {
  expect(Buffer.from(await sealWithPassphrase(utf8("a key"), "correct hörse battery"))).not.toEqual(Buffer.from(sealed));
});

test("a short passphrase seals nothing", async () => {
  await expect(sealWithPassphrase(utf8("a key"), "short")).rejects.toThrow(
    "E_PASSPHRASE: The sealed file cannot be opened: at least 10",
  );
});

test("a flip of any bit, any cut, and other files are refused", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(sealed.length * 8 - 1), async (bit) => {
      const flipped = Uint8Array.from(sealed);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      await expect(openWithPassphrase(flipped, "correct hörse battery")).rejects.toThrow("E_PASSPHRASE");
    }),
    { numRuns: 8 },
  );
  await expect(openWithPassphrase(sealed.slice(0, -1), "correct hörse battery")).rejects.toThrow("E_PASSPHRASE");
  await expect(openWithPassphrase(utf8("{}"), "correct hörse battery")).rejects.toThrow("E_PASSPHRASE");
});
