/** What `steppps status --json`, the page and the live view show. */
export interface SystemStatus {
  readonly device: string;
  readonly version: string;
  readonly startedAt: number;
  readonly mqtt: { readonly url: string; readonly clients: number };
  readonly web: { readonly url: string };
  readonly counts: Counts;
  readonly memoryBytes: number;
  readonly plugins: readonly PluginStatus[];
}

export interface Counts {
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly dropped: number;
  readonly deadLetters: number;
}

/** `starting` until the first save, `backing-off` between retries, `paused` after repeated failure or by hand. */
export type PluginHealth = "starting" | "healthy" | "backing-off" | "paused";

export interface PluginStatus {
  readonly name: string;
  readonly version: string;
  readonly previousVersion?: string;
  readonly health: PluginHealth;
  readonly durability: "durable" | "memory";
  readonly handled: number;
  readonly published: number;
  readonly failures: number;
  readonly deadLetters: number;
  readonly queued: number;
  readonly timers: number;
  readonly memoryBytes: number;
  readonly lastError?: string;
}
