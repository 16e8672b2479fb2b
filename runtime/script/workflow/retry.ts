/** When an input that failed is tried again, and when it is given up. */
export interface RetryPolicy {
  /** Waits before the second, third … try, in ms. After the last one the input becomes a dead letter. */
  readonly waits: readonly number[];
  /** Failures without one success between them after which the plugin is paused. */
  readonly pauseAfter: number;
}

export const DEFAULT_RETRY: RetryPolicy = { waits: [0, 1_000, 10_000, 60_000], pauseAfter: 50 };

/** ms until the next try after `attempts` failed ones; undefined: give up. */
export function nextWait(policy: RetryPolicy, attempts: number): number | undefined {
  return policy.waits[attempts - 1];
}
