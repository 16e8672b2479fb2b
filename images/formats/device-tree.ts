/** A node of a device tree: its path ("/emmc2bus/mmc@7e340000", "/" for the root's) and its properties' values. */
export interface DeviceTreeNode {
  readonly path: string;
  readonly parent: DeviceTreeNode | undefined;
  readonly properties: ReadonlyMap<string, Buffer>;
}

const MAGIC = 0xd00dfeed;
const HEADER_BYTES = 40;
/** The structure block's tokens [Devicetree Specification 0.4, 5.4.1]. */
const TOKEN = { node: 1, endNode: 2, property: 3, nothing: 4, end: 9 } as const;

/** Whether a file begins as a flattened device tree does. */
export function isDeviceTree(head: Buffer): boolean {
  return head.length >= HEADER_BYTES && head.readUInt32BE(0) === MAGIC;
}

/** All nodes of a flattened device tree, each behind the one that it is in. Throws for what is none. */
export function readDeviceTree(tree: Buffer): DeviceTreeNode[] {
  const nodes: DeviceTreeNode[] = [];
  const open: { node: DeviceTreeNode; properties: Map<string, Buffer> }[] = [];
  for (const piece of pieces(tree)) {
    if (piece.kind === "node") {
      const properties = new Map<string, Buffer>();
      const node = { path: piece.path, parent: open.at(-1)?.node, properties };
      open.push({ node, properties });
      nodes.push(node);
    } else if (piece.kind === "property") open.at(-1)?.properties.set(piece.name, piece.value);
    else open.pop();
  }
  return nodes;
}

/**
 * The same without some of its parts: nodes by their path, with all that is in them, and properties as "path:name". Their place is
 * filled with what says nothing, so that everything else stays where it is. Throws where one of them isn't there.
 */
export function withoutParts(tree: Buffer, parts: readonly string[]): Buffer {
  const result = Buffer.from(tree);
  const left = new Set(parts);
  for (const piece of pieces(tree)) {
    if (piece.kind === "node") continue;
    const part = piece.kind === "property" ? `${piece.path}:${piece.name}` : piece.path;
    if (!left.delete(part)) continue;
    for (let at = piece.from; at < piece.to; at += 4) result.writeUInt32BE(TOKEN.nothing, at);
  }
  if (left.size > 0) throw new Error(`the device tree has no ${[...left].join(", ")}`);
  return result;
}

/** What the structure block has, in its order; `from` and `to` are the bytes that a property or a whole node takes. */
type Piece =
  | { readonly kind: "node"; readonly path: string }
  | ({ readonly kind: "property"; readonly path: string; readonly name: string; readonly value: Buffer } & Extent)
  | ({ readonly kind: "node-end"; readonly path: string } & Extent);
interface Extent {
  readonly from: number;
  readonly to: number;
}

function* pieces(tree: Buffer): Generator<Piece> {
  if (!isDeviceTree(tree)) throw new Error("this is no device tree");
  const strings = tree.readUInt32BE(12);
  const open: { path: string; from: number }[] = [];
  for (let at = tree.readUInt32BE(8); ; ) {
    const from = at;
    const token = tree.readUInt32BE(at);
    at += 4;
    if (token === TOKEN.node) {
      const name = textAt(tree, at);
      at = aligned(at + name.length + 1);
      const above = open.at(-1)?.path;
      const path = above === undefined ? "/" : `${above === "/" ? "" : above}/${name}`;
      open.push({ path, from });
      yield { kind: "node", path };
    } else if (token === TOKEN.property) {
      const [length, nameAt] = [tree.readUInt32BE(at), tree.readUInt32BE(at + 4)];
      const value = tree.subarray(at + 8, at + 8 + length);
      at = aligned(at + 8 + length);
      yield { kind: "property", path: open.at(-1)?.path ?? "/", name: textAt(tree, strings + nameAt), value, from, to: at };
    } else if (token === TOKEN.endNode) {
      const node = open.pop();
      if (!node) throw new Error("the device tree ends a node that never began");
      yield { kind: "node-end", ...node, to: at };
    } else if (token === TOKEN.end) return;
    else if (token !== TOKEN.nothing) throw new Error(`the device tree has an unknown token ${token}`);
  }
}

function textAt(tree: Buffer, at: number): string {
  const end = tree.indexOf(0, at);
  if (end < 0) throw new Error("the device tree has a text without an end");
  return tree.toString("latin1", at, end);
}

function aligned(at: number): number {
  return (at + 3) & ~3;
}
