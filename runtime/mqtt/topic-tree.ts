interface Node<T> {
  readonly children: Map<string, Node<T>>;
  /** Boxed, so that a value may be anything. */
  entry: { readonly value: T } | undefined;
}

/**
 * Values by topic, found by filter: a TopicIndex turned round. A filter costs what it finds and the levels beside it that a '+'
 * has to look at, not a comparison with every topic.
 */
export class TopicTree<T> {
  readonly #root: Node<T> = { children: new Map(), entry: undefined };
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(topic: string): T | undefined {
    let node: Node<T> | undefined = this.#root;
    for (const level of topic.split("/")) node = node?.children.get(level);
    return node?.entry?.value;
  }

  set(topic: string, value: T): void {
    let node = this.#root;
    for (const level of topic.split("/")) {
      let child = node.children.get(level);
      if (!child) {
        child = { children: new Map(), entry: undefined };
        node.children.set(level, child);
      }
      node = child;
    }
    if (!node.entry) this.#size++;
    node.entry = { value };
  }

  delete(topic: string): boolean {
    const levels = topic.split("/");
    const path: Node<T>[] = [this.#root];
    for (const level of levels) {
      const child = path.at(-1)?.children.get(level);
      if (!child) return false;
      path.push(child);
    }
    const last = path.at(-1) as Node<T>;
    if (!last.entry) return false;
    last.entry = undefined;
    this.#size--;
    for (let i = path.length - 1; i > 0; i--) {
      const node = path[i] as Node<T>;
      if (node.entry || node.children.size > 0) break;
      path[i - 1]?.children.delete(levels[i - 1] as string);
    }
    return true;
  }

  /** The values of every topic that matches `filter`. The tree may change meanwhile. */
  *match(filter: string): Generator<T> {
    yield* find(this.#root, filter.split("/"), 0);
  }
}

function* find<T>(node: Node<T>, levels: readonly string[], depth: number): Generator<T> {
  const level = levels[depth];
  if (level === undefined) {
    if (node.entry) yield node.entry.value;
  } else if (level === "#") {
    yield* all(node, depth);
  } else if (level === "+") {
    for (const [name, child] of node.children) if (isSeen(name, depth)) yield* find(child, levels, depth + 1);
  } else {
    const child = node.children.get(level);
    if (child) yield* find(child, levels, depth + 1);
  }
}

function* all<T>(node: Node<T>, depth: number): Generator<T> {
  if (node.entry) yield node.entry.value;
  for (const [name, child] of node.children) if (isSeen(name, depth)) yield* all(child, depth + 1);
}

/** [MQTT-4.7.2-1] A leading wildcard does not see topics that begin with '$'. */
function isSeen(level: string, depth: number): boolean {
  return depth > 0 || !level.startsWith("$");
}
