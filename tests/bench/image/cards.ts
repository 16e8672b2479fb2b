import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { KernelName } from "../../../board-support/board.ts";
import type { RelayPackages } from "../relay/package.ts";
import { Card } from "./card.ts";
import type { ImageBuilder } from "./subject.ts";

/** What the empty script says, with the seconds since the kernel's start. */
export const EMPTY_SAYS = /^empty script (\d+\.\d+)/;

/** It goes on, as a supervisor would: what ends is started again. */
const EMPTY = `console.log("empty script", require("node:fs").readFileSync("/proc/uptime", "latin1"));
setInterval(() => {}, 1e6);
`;

/** In `folder`: a card whose device runs so many plugins, and one of the same image whose Node runs an empty script. */
export async function startCards(
  { board, kernel, plugins }: { board: string; kernel: KernelName; plugins: number },
  builder: ImageBuilder,
  packages: RelayPackages,
  folder: string,
): Promise<{ card: Card; bare: Card }> {
  const slot = await builder.slot(board, "lz4hc", kernel);
  const card = await Card.write(slot, builder, join(folder, "card"), packages);
  await card.deploy(packages, plugins);
  const script = { "usr/lib/steppps/command": "/usr/bin/node\n/usr/lib/steppps/empty.js\n", "usr/lib/steppps/empty.js": EMPTY };
  const home = join(folder, "empty");
  await mkdir(home, { recursive: true });
  return { card, bare: await Card.write(await builder.altered(slot, script, home), builder, home, packages) };
}
