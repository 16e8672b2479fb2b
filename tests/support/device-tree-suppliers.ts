import type { DeviceTreeNode } from "../../images/formats/device-tree.ts";

/** Properties that name others by their phandle, and which of the other's properties says how many cells follow [Linux, drivers/of/property.c]. */
const NAMED: readonly (readonly [property: RegExp, cells: string | undefined])[] = [
  [/-supply$/, undefined],
  [/^pinctrl-\d+$/, undefined],
  [/^mmc-pwrseq$/, undefined],
  [/(?:^|-)gpios?$/, "#gpio-cells"],
  [/^clocks$/, "#clock-cells"],
  [/^resets$/, "#reset-cells"],
  [/^power-domains$/, "#power-domain-cells"],
  [/^phys$/, "#phy-cells"],
  [/^mboxes$/, "#mbox-cells"],
];

/** All that a device waits for before its driver can take it, with the device itself: what it names, and what those are in. */
export function suppliersOf(path: string, tree: readonly DeviceTreeNode[]): DeviceTreeNode[] {
  const byHandle = new Map(tree.map((node) => [node.properties.get("phandle")?.readUInt32BE(0), node]));
  const first = tree.find((node) => node.path === path);
  if (!first) throw new Error(`the device tree has no ${path}`);
  const found = new Set([first]);
  for (const node of found) {
    if (node.parent) found.add(node.parent);
    for (const [name, value] of node.properties) {
      const row = NAMED.find(([pattern]) => pattern.test(name));
      if (row) for (const other of named(value, row[1], byHandle)) found.add(other);
    }
  }
  return [...found];
}

function* named(value: Buffer, cells: string | undefined, byHandle: ReadonlyMap<number | undefined, DeviceTreeNode>) {
  for (let at = 0; at + 4 <= value.length; ) {
    const node = byHandle.get(value.readUInt32BE(at));
    at += 4;
    if (!node) continue;
    yield node;
    if (cells) at += 4 * (node.properties.get(cells)?.readUInt32BE(0) ?? 0);
  }
}

/** What a node says it is, the most exact first. */
export function compatibleWith(node: DeviceTreeNode): string[] {
  return (node.properties.get("compatible")?.toString("latin1") ?? "").split("\0").filter(Boolean);
}
