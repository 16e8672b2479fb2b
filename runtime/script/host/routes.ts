import { type Handler, isReservedTopic } from "../../contract/index.ts";
import { TopicIndex } from "../../mqtt/index.ts";
import type { Version } from "../plugin/version.ts";
import type { Workflow } from "../workflow/workflow.ts";

export interface Route {
  readonly workflow: Workflow;
  /** Index into `handlers`. */
  readonly handler: number;
  /** Of the version that the route was made for; for a moment another one may be at work already. */
  readonly handlers: readonly Handler[];
}

/** Topics whose routes are remembered: so many of so many characters at most, or a sender of long ones fills the memory. */
const REMEMBERED = 4096;
const REMEMBERED_LENGTH = 256;

/** A version on trial beside another: it has the topics that fall to it, where it takes them at all. */
interface Split {
  readonly trial: Workflow;
  /** Of all topics. */
  readonly percent: number;
}

/** Which handlers take which topics. Topics seen of late are answered from a small table. */
export class Routes {
  readonly #index = new TopicIndex<Route>();
  readonly #added = new Map<Workflow, { filter: string; route: Route }[]>();
  readonly #splits = new Map<Workflow, Split>();
  #recent = new Map<string, readonly Route[]>();

  /** Gives `trial`, which has to be set as well, its share of what `workflow` takes, by topic: always the same ones. */
  split(workflow: Workflow, trial: Workflow, percent: number): void {
    this.#recent = new Map();
    this.#splits.set(workflow, { trial, percent });
  }

  /** `workflow` takes everything again. */
  unsplit(workflow: Workflow): void {
    this.#recent = new Map();
    this.#splits.delete(workflow);
  }

  /** The message handlers of `version` go to `workflow`, in place of those it had. Returns filters to take and to leave. */
  set(workflow: Workflow, { filters, manifest }: Pick<Version, "filters" | "manifest">): { take: string[]; leave: string[] } {
    const { handlers } = manifest;
    const leave = this.remove(workflow);
    const added = filters.map(({ filter, handler }) => ({ filter, route: { workflow, handler, handlers } }));
    for (const { filter, route } of added) this.#index.add(filter, route);
    this.#added.set(workflow, added);
    const take = added.map(({ filter }) => filter);
    return { take, leave: leave.filter((filter) => !take.includes(filter)) };
  }

  /** Returns filters that `workflow` had and no other plugin has. */
  remove(workflow: Workflow): string[] {
    this.#recent = new Map();
    const had = this.#added.get(workflow) ?? [];
    for (const { filter, route } of had) this.#index.remove(filter, route);
    this.#added.delete(workflow);
    const kept = new Set([...this.#added.values()].flat().map(({ filter }) => filter));
    return [...new Set(had.map(({ filter }) => filter))].filter((filter) => !kept.has(filter));
  }

  match(topic: string): readonly Route[] {
    let routes = this.#recent.get(topic);
    if (!routes) {
      const found: Route[] = [];
      // Control is not for plugins, whatever their filters say.
      if (!isReservedTopic(topic)) this.#index.match(topic, (route) => found.push(route));
      routes = this.#splits.size === 0 ? found : this.#share(topic, found);
      if (this.#recent.size >= REMEMBERED) this.#recent = new Map();
      if (topic.length <= REMEMBERED_LENGTH) this.#recent.set(topic, routes);
    }
    return routes;
  }

  /** Each topic goes to one of the two. */
  #share(topic: string, found: readonly Route[]): readonly Route[] {
    let routes = found;
    for (const [workflow, { trial, percent }] of this.#splits) {
      const falls = hash(topic) % 100 < percent && found.some((route) => route.workflow === trial);
      routes = routes.filter((route) => route.workflow !== (falls ? workflow : trial));
    }
    return routes;
  }
}

/** FNV-1a, and murmur3's finaliser: topics that differ in a letter fall anywhere. */
function hash(topic: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < topic.length; i++) value = Math.imul(value ^ topic.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
