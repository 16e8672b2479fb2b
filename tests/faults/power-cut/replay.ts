import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { Card } from "./card.ts";
import type { History } from "./history.ts";
import type { Recording } from "./recording.ts";

const CHUNK = 1 << 20;

/** The logs, replayed whole, make the card that was there at the end: nothing of what was written is missing from them. */
export async function compareWithCard({ image, last }: Recording, { events }: History, folder: string): Promise<string[]> {
  const replayed = join(folder, "replayed.img");
  const card = await Card.open(image, events, () => CHUNK);
  await card.after({ whole: events.length, at: events.length, kept: [] }, () => card.copy(replayed));
  await using one = await open(replayed, "r");
  await rm(replayed);
  await using other = await open(last, "r");
  const { size } = await other.stat();
  const [a, b] = [Buffer.alloc(CHUNK), Buffer.alloc(CHUNK)];
  for (let at = 0; at < size; at += CHUNK) {
    await one.read(a, 0, CHUNK, at);
    await other.read(b, 0, CHUNK, at);
    if (!a.equals(b)) return [`the logs do not make the card that was there at the end: at byte ${at}`];
  }
  return [];
}
