import { expect, test } from "vitest";
import { encodeLayerHead, readLayerHead } from "../../../../../runtime/boot/device/layer/layer-file.ts";
import type { LayerManifest } from "../../../../../runtime/contract/index.ts";
import { generateKeys, openLayer, readLayer, signLayer } from "../../../../../runtime/trust/index.ts";

const MANIFEST: LayerManifest = {
  type: "layer",
  name: "wifi",
  version: "1.0.0",
  arch: "arm64",
  size: 12288,
  sha256: new Uint8Array(32).fill(7),
  verity: { rootHash: "a".repeat(64), salt: "b".repeat(64), dataBlocks: 2, hashOffset: 8192 },
  health: ["/usr/sbin/wpa_supplicant", "-v"],
};

function sourceOf(bytes: Uint8Array) {
  return {
    async *read(at: number, length: number) {
      yield bytes.subarray(at, at + length);
    },
  };
}

test("what was signed is read back, and the file system begins at a whole block", async () => {
  const keys = generateKeys();
  const head = encodeLayerHead(signLayer(MANIFEST, keys));
  const { envelope, bodyAt } = await readLayerHead(sourceOf(head));
  expect(bodyAt).toBe(head.length);
  expect(bodyAt % 4096).toBe(0);
  expect(openLayer(envelope, [keys.public]).manifest).toEqual(MANIFEST);
  expect(() => openLayer(envelope, [generateKeys().public])).toThrow("E_ENVELOPE_SIGNER");
  expect(readLayer(envelope).signers).toEqual([keys.public.id]);
});

test("another mark, an envelope of any length, and none at all are refused", async () => {
  const head = encodeLayerHead(signLayer(MANIFEST, generateKeys()));
  const changed = (at: number, ...bytes: number[]) => {
    const copy = Uint8Array.from(head);
    copy.set(bytes, at);
    return readLayerHead(sourceOf(copy));
  };
  await expect(changed(0, 0)).rejects.toThrow("E_LAYER");
  await expect(changed(8, 255, 255, 255, 255)).rejects.toThrow("E_LAYER");
  await expect(changed(8, 0, 0, 0, 0)).rejects.toThrow("E_LAYER");
});

test.each<[string, Partial<LayerManifest>]>([
  ["a name that leads elsewhere", { name: "../x" }],
  ["a size that is no whole blocks", { size: 12289 }],
  ["no SHA-256", { sha256: new Uint8Array(31) }],
  ["a hash tree within the data", { verity: { ...MANIFEST.verity, hashOffset: 4096 } }],
  ["a hash tree behind the file", { size: 8192 }],
  ["a health check by a name", { health: ["wpa_supplicant"] }],
])("%s is not signed", (_, change) => {
  expect(() => signLayer({ ...MANIFEST, ...change }, generateKeys())).toThrow("E_LAYER");
});
