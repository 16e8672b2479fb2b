import type { Bus } from "../mqtt/index.ts";

type Subscriptions = Pick<Bus, "subscribe" | "unsubscribe">;

/** Lets several parts of the supervisor take topics: a filter stays with the broker for as long as any of them takes it. Each call is for one part. */
export function sharedSubscriptions(bus: Subscriptions): () => Subscriptions {
  const holders = new Map<string, Set<object>>();
  return () => {
    const part = {};
    return {
      async subscribe(filter, options) {
        const known = holders.get(filter) ?? new Set();
        holders.set(filter, known.add(part));
        await bus.subscribe(filter, options);
      },
      async unsubscribe(filter) {
        const known = holders.get(filter);
        known?.delete(part);
        if (known && known.size > 0) return;
        holders.delete(filter);
        await bus.unsubscribe(filter);
      },
    };
  };
}
