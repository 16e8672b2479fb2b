import { isReservedTopic } from "../../contract/index.ts";
import { TopicIndex } from "../../mqtt/index.ts";
import type { HandlerFilter } from "../plugin/version.ts";
import type { Workflow } from "../workflow/workflow.ts";

export interface Route {
  readonly workflow: Workflow;
  /** Index into the manifest's handlers. */
  readonly handler: number;
}

/** Topics whose routes are remembered: so many of so many characters at most, or a sender of long ones fills the memory. */
const REMEMBERED = 4096;
const REMEMBERED_LENGTH = 256;

/** Which handlers take which topics. Topics seen of late are answered from a small table. */
export class Routes {
  readonly #index = new TopicIndex<Route>();
  readonly #added = new Map<Workflow, { filter: string; route: Route }[]>();
  #recent = new Map<string, readonly Route[]>();

  /** The message handlers of `version` go to `workflow`, in place of those it had. Returns filters to take and to leave. */
  set(workflow: Workflow, filters: readonly HandlerFilter[]): { take: string[]; leave: string[] } {
    const leave = this.remove(workflow);
    const added = filters.map(({ filter, handler }) => ({ filter, route: { workflow, handler } }));
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
      if (this.#recent.size >= REMEMBERED) this.#recent = new Map();
      if (topic.length <= REMEMBERED_LENGTH) this.#recent.set(topic, found);
      routes = found;
    }
    return routes;
  }
}
