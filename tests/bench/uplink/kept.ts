import { copyFileSync, existsSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

const LOOK_MS = 100;
const FILES = ["", "-wal"];

/** Looks at what a supervisor's journal keeps for the uplink; the supervisor alone may open the journal, so a copy of it is read. */
export class Kept implements Disposable {
  readonly #file: string;
  readonly #timer: NodeJS.Timeout;
  readonly #before: number;
  #most: number;

  constructor(file: string) {
    this.#file = file;
    this.#before = this.#most = this.#size();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** What its files grew by at most, in MB (10^6 bytes). */
  get grownMegabytes(): number {
    this.#look();
    return (this.#most - this.#before) / 1e6;
  }

  /** Topics and payloads that are kept; nobody may write meanwhile. `folder`: where the copy goes. */
  bytes(folder: string): number {
    const copy = `${folder}/copy.db`;
    for (const end of FILES) if (existsSync(this.#file + end)) copyFileSync(this.#file + end, copy + end);
    const database = new DatabaseSync(copy);
    const row = database.prepare("SELECT sum(length(payload) + length(CAST(topic AS BLOB))) AS bytes FROM spill").get();
    database.close();
    return Number(row?.bytes ?? 0);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.#most = Math.max(this.#most, this.#size());
  }

  #size(): number {
    return FILES.reduce((sum, end) => sum + (existsSync(this.#file + end) ? statSync(this.#file + end).size : 0), 0);
  }
}
