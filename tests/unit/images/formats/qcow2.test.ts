import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { unpackQcow2 } from "../../../../images/formats/qcow2.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

const BITS = 9;
const CLUSTER = 512;

test("plain, compressed, empty and missing clusters come out in their places", async () => {
  using folder = tempFolder("qcow2");
  const [from, to] = [join(folder.path, "disk.qcow2"), join(folder.path, "disk.raw")];
  const plain = Buffer.alloc(CLUSTER, "plain ");
  const packed = Buffer.alloc(CLUSTER, "packed ");
  writeFileSync(from, sample([{ plain }, undefined, { packed }, "zeros"]));
  await unpackQcow2(from, to);
  expect(readFileSync(to)).toEqual(Buffer.concat([plain, Buffer.alloc(CLUSTER), packed, Buffer.alloc(CLUSTER)]));
});

test.each<[string, (file: Buffer) => void, string]>([
  ["another format", (file) => file.write("QFJ", 0), "is no qcow2 image"],
  ["a backing file", (file) => file.writeBigUInt64BE(104n, 8), "has a backing file"],
  ["encryption", (file) => file.writeUInt32BE(2, 32), "is encrypted"],
  ["features that nobody here knows", (file) => file.writeBigUInt64BE(8n, 72), "uses features"],
  ["an end before its table", (file) => file.writeBigUInt64BE(1n << 40n, 40), "ends before byte"],
])("refused: %s", async (_, spoil, message) => {
  using folder = tempFolder("qcow2");
  const from = join(folder.path, "disk.qcow2");
  const file = sample([undefined]);
  spoil(file);
  writeFileSync(from, file);
  await expect(unpackQcow2(from, join(folder.path, "disk.raw"))).rejects.toThrow(message);
});

type Cluster = { readonly plain: Buffer } | { readonly packed: Buffer } | "zeros" | undefined;

/** Header, L1 table, one L2 table, clusters: each in clusters of its own. */
function sample(clusters: readonly Cluster[]): Buffer {
  const [header, l1, l2] = [Buffer.alloc(CLUSTER), Buffer.alloc(CLUSTER), Buffer.alloc(CLUSTER)];
  header.write("QFI\xfb", 0, "latin1");
  header.writeUInt32BE(3, 4);
  header.writeUInt32BE(BITS, 20);
  header.writeBigUInt64BE(BigInt(clusters.length * CLUSTER), 24);
  header.writeUInt32BE(1, 36);
  header.writeBigUInt64BE(BigInt(CLUSTER), 40);
  l1.writeBigUInt64BE(BigInt(2 * CLUSTER) | (1n << 63n), 0);
  const parts: Buffer[] = [header, l1, l2];
  for (const [i, cluster] of clusters.entries()) {
    const at = BigInt(parts.length * CLUSTER);
    if (cluster === undefined) continue;
    if (cluster === "zeros") l2.writeBigUInt64BE(1n, i * 8);
    else if ("plain" in cluster) {
      l2.writeBigUInt64BE(at | (1n << 63n), i * 8);
      parts.push(cluster.plain);
    } else {
      const content = deflateRawSync(cluster.packed);
      l2.writeBigUInt64BE((1n << 62n) | (BigInt(Math.ceil(content.length / 512) - 1) << BigInt(62 - (BITS - 8))) | at, i * 8);
      parts.push(Buffer.concat([content, Buffer.alloc(CLUSTER - content.length)]));
    }
  }
  return Buffer.concat(parts);
}
