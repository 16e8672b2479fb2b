import type { ImageStatus } from "./update.ts";

/** What `steppps status --json`, the page and the live view show. */
export interface SystemStatus {
  readonly device: string;
  readonly version: string;
  readonly startedAt: number;
  readonly mqtt: { readonly url: string; readonly clients: number };
  /** `lanUrl`: where it is served beyond loopback, behind its login. */
  readonly web: { readonly url: string; readonly lanUrl?: string };
  readonly uplink?: { readonly url: string; readonly connected: boolean; readonly waiting: number };
  readonly storage?: {
    readonly journalBytes: number;
    readonly limitBytes: number;
    /** Of the block device that the data is on, today; undefined where the machine does not say. */
    readonly writtenTodayBytes?: number;
    readonly budgetBytes?: number;
  };
  /** What is wrong and stays so until somebody does something about it; absent when all is well. */
  readonly troubles?: readonly Trouble[];
  /** Of a device that was started from an image. Without the log of a failed boot, which 'update-status' has. */
  readonly image?: ImageStatus;
  readonly counts: Counts;
  readonly memoryBytes: number;
  readonly plugins: readonly PluginStatus[];
}

/** One thing that is wrong. */
export interface Trouble {
  /** Of the catalogue, where it is there. */
  readonly code?: string;
  readonly text: string;
  /** What to do. */
  readonly fix?: string;
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
  /** While its gate is open: until when, ms since the epoch. */
  readonly probationUntil?: number;
  /** Percent of the inputs that a version on trial gets, and which one. */
  readonly canary?: { readonly version: string; readonly percent: number };
  readonly calls: CallStats;
  /** How often it failed, by error code. */
  readonly failuresByCode?: Readonly<Record<string, number>>;
}

/** How the version at work has done since it took over, or since the start. Times in ms; `lag`: from arrival to committed. */
export interface CallStats {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly total: number;
  readonly traps: number;
  readonly deadlines: number;
  readonly lagP99: number;
}

/** How often a time fell where, since the version took over or the start. */
export interface Histogram {
  /** Upper bounds in ms, rising. */
  readonly bounds: readonly number[];
  /** For each bound how many are not above it and above the one before; one more at the end for the rest. */
  readonly counts: readonly number[];
  /** ms in all. */
  readonly sum: number;
}

/** Of one plugin: how long a handler took, and how long an input waited from its arrival until it was committed. */
export interface CallHistograms {
  readonly latency: Histogram;
  readonly lag: Histogram;
}
