interface Node<T> {
  readonly children: Map<string, Node<T>>;
  /** Values of the filter that ends here. */
  values: Set<T> | undefined;
  /** Values of the filter that goes on with '#' here. */
  rest: Set<T> | undefined;
}

/**
 * Values by topic filter: a trie with a level of the filter per step, so that a topic costs its own levels (and the '+' beside
 * them) however many filters there are. A Map holds the levels: `__proto__` is a level like any other.
 */
export class TopicIndex<T> {
  readonly #root: Node<T> = { children: new Map(), values: undefined, rest: undefined };
  #size = 0;

  /** How many (filter, value) pairs there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds `value` under `filter`, which must be one that `parseTopicFilter` takes. False when it was there. */
  add(filter: string, value: T): boolean {
    const levels = filter.split("/");
    const rest = levels.at(-1) === "#";
    if (rest) levels.pop();
    let node = this.#root;
    for (const level of levels) {
      let child = node.children.get(level);
      if (!child) {
        child = { children: new Map(), values: undefined, rest: undefined };
        node.children.set(level, child);
      }
      node = child;
    }
    const kind = rest ? "rest" : "values";
    const values = node[kind] ?? new Set();
    node[kind] = values;
    if (values.has(value)) return false;
    values.add(value);
    this.#size++;
    return true;
  }

  /** Takes `value` from under `filter`. False when it wasn't there. */
  remove(filter: string, value: T): boolean {
    const levels = filter.split("/");
    const rest = levels.at(-1) === "#";
    if (rest) levels.pop();
    const path: Node<T>[] = [this.#root];
    for (const level of levels) {
      const child = path.at(-1)?.children.get(level);
      if (!child) return false;
      path.push(child);
    }
    const last = path.at(-1) as Node<T>;
    const kind = rest ? "rest" : "values";
    const values = last[kind];
    if (!values?.delete(value)) return false;
    this.#size--;
    if (values.size === 0) last[kind] = undefined;
    prune(path, levels);
    return true;
  }

  /** Calls `visit` for each value of each filter that `topic` matches: once per filter, so a value under two may come twice. */
  match(topic: string, visit: (value: T) => void): void {
    const root = this.#root;
    // [MQTT-4.7.2-1] a leading wildcard does not see topics that begin with '$'
    const hidden = topic.startsWith("$");
    if (root.rest && !hidden) for (const value of root.rest) visit(value);
    descend(root, topic, 0, hidden, visit);
  }

  /** Whether any filter matches `topic`. */
  matches(topic: string): boolean {
    let found = false;
    this.match(topic, () => {
      found = true;
    });
    return found;
  }
}

function descend<T>(node: Node<T>, topic: string, from: number, hidden: boolean, visit: (value: T) => void): void {
  const slash = topic.indexOf("/", from);
  const level = slash < 0 ? topic.slice(from) : topic.slice(from, slash);
  const exact = node.children.get(level);
  const any = hidden || level === "+" ? undefined : node.children.get("+");
  for (const child of [exact, any]) {
    if (!child) continue;
    if (child.rest) for (const value of child.rest) visit(value);
    if (slash >= 0) descend(child, topic, slash + 1, false, visit);
    else if (child.values) for (const value of child.values) visit(value);
  }
}

/** Removes nodes that hold nothing, from the end of `path` up. */
function prune<T>(path: Node<T>[], levels: string[]): void {
  for (let i = path.length - 1; i > 0; i--) {
    const node = path[i] as Node<T>;
    if (node.values || node.rest || node.children.size > 0) return;
    path[i - 1]?.children.delete(levels[i - 1] as string);
  }
}
