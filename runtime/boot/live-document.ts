import { type FSWatcher, watch } from "node:fs";
import { stat } from "node:fs/promises";
import { asStepppsError, type DeviceDocument } from "../contract/index.ts";
import type { EventLog } from "../event/index.ts";
import type { Alarm, Clock, Files } from "../platform/index.ts";
import type { DataDirectory } from "./data-paths.ts";
import { changedParts, type DocumentPart, PART_EFFECTS } from "./document-change.ts";
import { type LoadedDocument, loadDocument } from "./load-document.ts";

export interface LiveDocumentOptions {
  readonly data: DataDirectory;
  readonly files: Files;
  readonly clock: Clock;
  readonly events: Pick<EventLog, "emit">;
  /** What the supervisor started with. */
  readonly document: DeviceDocument;
  /** What was wrong with it at the start, and has been said. */
  readonly fault?: string;
  /** Told each time the file was read again. */
  read?(result: LoadedDocument): void;
}

/** Takes a part's new value; what it throws is reported, and the other parts come into force all the same. */
export type Apply = (document: DeviceDocument) => Promise<void> | void;

/** An editor writes in several steps: the last of them is waited for. */
const SETTLE_MS = 200;
/** File systems that tell of no change (network, FAT written from elsewhere) are looked at now and then. */
const LOOK_MS = 5_000;

/**
 * The document while the supervisor runs. What can come into force at once does so when the file is saved; the rest is named in an
 * event and waits for the next start. A bad file changes nothing.
 */
export class LiveDocument {
  readonly #options: LiveDocumentOptions;
  readonly #started: DeviceDocument;
  readonly #applies: (readonly [DocumentPart, Apply])[] = [];
  #current: DeviceDocument;
  #stamp: string | undefined;
  #fault = "";
  #watcher: FSWatcher | undefined;
  #look: Alarm | undefined;
  #settle: Alarm | undefined;
  #reloading: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: LiveDocumentOptions) {
    this.#options = options;
    this.#started = options.document;
    this.#current = options.document;
    this.#fault = options.fault ?? "";
  }

  /** What is in force. Parts that wait for a start have their new values here too: whoever uses them took the old ones. */
  get current(): DeviceDocument {
    return this.#current;
  }

  /** Calls `apply` whenever the part has changed. */
  on(part: DocumentPart, apply: Apply): void {
    this.#applies.push([part, apply]);
  }

  /** Follows the file from now on. */
  async watch(): Promise<void> {
    this.#arm();
    // It may have been saved since it was read for the start.
    await this.reload();
    const look = async () => {
      if ((await this.#readStamp()) !== this.#stamp) this.#touched();
      if (!this.#closed) this.#look = this.#options.clock.after(LOOK_MS, () => void look());
    };
    await look();
  }

  /** Reads the file again; one reload at a time. */
  reload(): Promise<void> {
    this.#reloading = this.#reloading.then(() => this.#reload()).catch(() => {});
    return this.#reloading;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watcher?.close();
    this.#look?.cancel();
    this.#settle?.cancel();
    await this.#reloading;
  }

  async #reload(): Promise<void> {
    const { data, files, events } = this.#options;
    this.#stamp = await this.#readStamp();
    // Between two steps of an editor there is no file: nothing was said.
    if (this.#stamp === undefined) return;
    const result = await loadDocument(data, files);
    this.#options.read?.(result);
    const { document, fault } = result;
    if (fault) {
      if (fault.message !== this.#fault)
        events.emit({ kind: "document.refused", level: "error", code: fault.code, text: `${fault.message}; nothing is changed` });
      this.#fault = fault.message;
      return;
    }
    this.#fault = "";
    const parts = changedParts(this.#current, document);
    if (parts.length === 0) return;
    this.#current = document;
    const now = parts.filter((part) => PART_EFFECTS[part] === "now");
    for (const [part, apply] of this.#applies) if (now.includes(part)) await this.#apply(part, apply);
    const waiting = changedParts(this.#started, document).filter((part) => PART_EFFECTS[part] === "restart");
    const text = [
      now.length > 0 ? `in force: ${now.join(", ")}` : "",
      waiting.length > 0 ? `at the next start: ${waiting.join(", ")}` : "",
    ];
    events.emit({ kind: "document.changed", level: "info", text: text.filter(Boolean).join("; ") || "as it was at the start" });
  }

  async #apply(part: DocumentPart, apply: Apply): Promise<void> {
    try {
      await apply(this.#current);
    } catch (thrown) {
      const error = asStepppsError(thrown, "E_DOCUMENT");
      this.#options.events.emit({
        kind: "document.refused",
        level: "error",
        code: error.code,
        text: `${part}: ${error.message}`,
      });
    }
  }

  /** Which file it is now, and as of when. */
  async #readStamp(): Promise<string | undefined> {
    const found = await stat(this.#options.data.document).catch(() => undefined);
    return found && `${found.ino} ${found.size} ${found.mtimeMs}`;
  }

  /** The file itself, not its folder: the journal beside it changes thousands of times a second. */
  #arm(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    if (this.#closed) return;
    try {
      this.#watcher = watch(this.#options.data.document, { persistent: false }, () => this.#touched());
      this.#watcher.on("error", () => this.#watcher?.close());
    } catch {
      // No file now, or no watching here: it is looked at all the same.
    }
  }

  #touched(): void {
    this.#settle?.cancel();
    if (this.#closed) return;
    this.#settle = this.#options.clock.after(SETTLE_MS, () => {
      this.#arm(); // an editor that renames leaves the watcher with the old file
      void this.reload();
    });
  }
}
