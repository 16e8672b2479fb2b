import { Node } from "assemblyscript";

/** Calls `visit` on `node` and on every node below it, outermost first. */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const [name, child] of Object.entries(node)) {
    if (name === "range") continue;
    for (const one of Array.isArray(child) ? child : [child]) if (one instanceof Node) walk(one, visit);
  }
}
