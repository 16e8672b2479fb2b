/** What a device printed on its console: kept, handed on, and waited for. */
export class ConsoleLog {
  readonly #lines: string[] = [];
  readonly #listeners = new Set<(line: string) => void>();

  get lines(): readonly string[] {
    return this.#lines;
  }

  add(line: string): void {
    this.#lines.push(line);
    for (const listener of this.#listeners) listener(line);
  }

  /** Calls `listener` with every line from now on; returns what ends that. */
  follow(listener: (line: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The first line from the `from`th on that matches, as soon as there is one. Rejects when there is none within `limitMs`. */
  async line(pattern: RegExp, from = 0, limitMs = 240_000): Promise<RegExpExecArray> {
    const match = (text: string) => pattern.exec(text) ?? undefined;
    for (const text of this.#lines.slice(from)) {
      const found = match(text);
      if (found) return found;
    }
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
    const end = this.follow((text) => {
      const found = match(text);
      if (found) resolve(found);
    });
    const tail = () => this.#lines.slice(-40).join("\n");
    const limit = setTimeout(() => reject(new Error(`the console never showed ${pattern}; at its end:\n${tail()}`)), limitMs);
    try {
      return await promise;
    } finally {
      clearTimeout(limit);
      end();
    }
  }
}
