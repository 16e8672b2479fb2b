import type { AlarmQueue } from "../contract/index.ts";
import type { Alarm, Clock } from "../platform/index.ts";

interface Entry {
  readonly key: string;
  readonly due: number;
  readonly ring: () => void;
}

/** The clock is read again at least this often, so that a jump is noticed. */
const LOOK_EVERY_MS = 10_000;
/** Wall and monotonic time may drift apart by slewing; more than this between two looks is a jump. */
const JUMP_MS = 2_000;

/** One alarm of the clock for all durable timers and schedules: a binary heap by due time. */
export function createAlarmQueue(clock: Clock): AlarmQueue & { close(): void } {
  const heap: Entry[] = [];
  const entries = new Map<string, Entry>();
  const listeners: ((delta: number) => void)[] = [];
  let alarm: Alarm | undefined;
  let alarmDue = Number.POSITIVE_INFINITY;
  let offset = clock.now() - clock.monotonic();
  let closed = false;

  const plan = () => {
    while (heap[0] && entries.get(heap[0].key) !== heap[0]) pop(heap);
    const due = heap[0]?.due ?? Number.POSITIVE_INFINITY;
    if (closed || (due === alarmDue && alarm)) return;
    alarm?.cancel();
    alarmDue = due;
    alarm =
      due === Number.POSITIVE_INFINITY ? undefined : clock.after(Math.min(Math.max(0, due - clock.now()), LOOK_EVERY_MS), look);
  };

  // Cancelled and replaced entries leave the heap when they reach its top, or all at once when they outnumber the rest.
  const sweep = () => {
    if (heap.length <= 64 || heap.length <= 2 * entries.size) return;
    heap.length = 0;
    for (const entry of entries.values()) push(heap, entry);
  };

  const noticeJump = () => {
    const moved = clock.now() - clock.monotonic() - offset;
    offset += moved;
    // While there is nothing to shift, what adds up is drift as well as jumps.
    if (entries.size > 0 && Math.abs(moved) > JUMP_MS) for (const listener of listeners) listener(moved);
  };

  const look = () => {
    alarm = undefined;
    noticeJump();
    const now = clock.now();
    for (let first = heap[0]; first && (first.due <= now || entries.get(first.key) !== first); first = heap[0]) {
      pop(heap);
      if (entries.get(first.key) !== first) continue;
      entries.delete(first.key);
      first.ring();
    }
    plan();
  };

  return {
    set(key, due, ring) {
      // `due` is of the time that is now: what was set before a jump is shifted first, this one is not.
      noticeJump();
      const entry = { key, due, ring };
      entries.set(key, entry);
      push(heap, entry);
      sweep();
      plan();
    },
    cancel(key) {
      entries.delete(key);
      sweep();
      plan();
    },
    onJump: (listener) => void listeners.push(listener),
    close() {
      closed = true;
      alarm?.cancel();
    },
  };
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if ((heap[parent] as Entry).due <= entry.due) break;
    heap[at] = heap[parent] as Entry;
    at = parent;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && (heap[child + 1] as Entry).due < (heap[child] as Entry).due) child++;
    if ((heap[child] as Entry).due >= last.due) break;
    heap[at] = heap[child] as Entry;
    at = child;
  }
  heap[at] = last;
}
