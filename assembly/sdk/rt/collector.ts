/**
 * The garbage collector of plugins: mark and sweep, run between inputs alone. Then nothing is held on the stack, so the
 * globals are all the roots there are and compiled code keeps no books on its locals (AssemblyScript's "incremental"
 * runtime does, and costs half as much code again). It is AssemblyScript's "minimal" runtime with one thing more: it
 * knows how much is allocated, so that it runs when there is something to gain.
 *
 *   block   ┌ mmInfo: size and flags (rt/tlsf) ┐
 *   object  │ next, color in its low two bits  │
 *           │ prev                             │
 *           │ rtId     class                   │
 *           │ rtSize   bytes that follow       │
 *   ptr ───▶│ …                                │
 */
import { BLOCK, BLOCK_OVERHEAD, OBJECT_MAXSIZE, OBJECT_OVERHEAD, TOTAL_OVERHEAD } from "rt/common";

/** Objects of one list are linked in a ring through its head. Two lists swap colors at every collection. */
// @ts-ignore: decorator
@unmanaged
class Header extends BLOCK {
  link: usize;
  prev: Header;
  rtId: u32;
  rtSize: u32;

  get next(): Header {
    return changetype<Header>(this.link & ~COLOR_MASK);
  }
  set next(other: Header) {
    this.link = changetype<usize>(other) | (this.link & COLOR_MASK);
  }
  get color(): usize {
    return this.link & COLOR_MASK;
  }
  get size(): usize {
    return BLOCK_OVERHEAD + (this.mmInfo & ~3);
  }

  unlink(): void {
    const next = this.next;
    if (changetype<usize>(next) == 0) return; // static data, not linked yet
    const prev = this.prev;
    next.prev = prev;
    prev.next = next;
  }
  append(to: Header, color: usize): void {
    const last = to.prev;
    this.link = changetype<usize>(to) | color;
    this.prev = last;
    last.next = this;
    to.prev = this;
  }
}

// @ts-ignore: decorator
@inline const COLOR_MASK: usize = 3;
// @ts-ignore: decorator
@inline const PINNED: usize = 3;
// @ts-ignore: decorator
@inline const FIRST_LIMIT: usize = 1 << 18;

// @ts-ignore: decorator
@lazy let white: usize = 0;
// @ts-ignore: decorator
@lazy let live = ring(changetype<Header>(memory.data(offsetof<Header>())));
// @ts-ignore: decorator
@lazy let reached = ring(changetype<Header>(memory.data(offsetof<Header>())));
// @ts-ignore: decorator
@lazy let pinned = ring(changetype<Header>(memory.data(offsetof<Header>())));
/** Bytes of all objects, garbage included. */
// @ts-ignore: decorator
@lazy let total: usize = 0;
/** The total at which the next collection pays: twice what the last one left. */
// @ts-ignore: decorator
@lazy let limit: usize = FIRST_LIMIT;

function ring(head: Header): Header {
  head.link = changetype<usize>(head);
  head.prev = head;
  return head;
}

/** Collects if enough was allocated since the last time. Nothing on the stack may refer to an object. */
export function collectIfDue(): void {
  if (total < limit) return;
  __collect();
  limit = max(FIRST_LIMIT, total << 1);
}

// @ts-ignore: decorator
@global @unsafe
export function __new(size: usize, id: i32): usize {
  if (size > OBJECT_MAXSIZE) throw new Error("allocation too large");
  const object = changetype<Header>(__alloc(OBJECT_OVERHEAD + size) - BLOCK_OVERHEAD);
  object.rtId = id;
  object.rtSize = <u32>size;
  object.append(live, white);
  total += object.size;
  return changetype<usize>(object) + TOTAL_OVERHEAD;
}

// @ts-ignore: decorator
@global @unsafe
export function __renew(old: usize, size: usize): usize {
  const before = changetype<Header>(old - TOTAL_OVERHEAD);
  if (old < __heap_base) {
    const moved = __new(size, before.rtId);
    memory.copy(moved, old, min<usize>(size, before.rtSize));
    return moved;
  }
  if (size > OBJECT_MAXSIZE) throw new Error("allocation too large");
  total -= before.size;
  const pointer = __realloc(old - OBJECT_OVERHEAD, OBJECT_OVERHEAD + size) + OBJECT_OVERHEAD;
  const after = changetype<Header>(pointer - TOTAL_OVERHEAD);
  after.rtSize = <u32>size;
  after.next.prev = after;
  after.prev.next = after;
  total += after.size;
  return pointer;
}

// @ts-ignore: decorator
@global @unsafe
export function __link(parent: usize, child: usize, multiple: bool): void {}

// @ts-ignore: decorator
@global @unsafe
export function __visit(pointer: usize, cookie: u32): void {
  if (pointer == 0) return;
  const object = changetype<Header>(pointer - TOTAL_OVERHEAD);
  if (object.color != white) return;
  object.unlink();
  object.append(reached, white ^ 1);
}

// @ts-ignore: decorator
@global @unsafe
export function __pin(pointer: usize): usize {
  if (pointer != 0) {
    const object = changetype<Header>(pointer - TOTAL_OVERHEAD);
    object.unlink();
    object.append(pinned, PINNED);
  }
  return pointer;
}

// @ts-ignore: decorator
@global @unsafe
export function __unpin(pointer: usize): void {
  if (pointer == 0) return;
  const object = changetype<Header>(pointer - TOTAL_OVERHEAD);
  object.unlink();
  object.append(live, white);
}

// @ts-ignore: decorator
@global @unsafe
export function __collect(): void {
  __visit_globals(0);
  for (let object = pinned.next; object != pinned; object = object.next) __visit_members(changetype<usize>(object) + TOTAL_OVERHEAD, 0);
  // The list grows behind as members are reached.
  for (let object = reached.next; object != reached; object = object.next) __visit_members(changetype<usize>(object) + TOTAL_OVERHEAD, 0);

  let object = live.next;
  while (object != live) {
    const next = object.next;
    if (changetype<usize>(object) < __heap_base) {
      object.link = 0;
      object.prev = changetype<Header>(0);
    } else {
      total -= object.size;
      __free(changetype<usize>(object) + BLOCK_OVERHEAD);
    }
    object = next;
  }
  ring(live);
  const swept = live;
  live = reached;
  reached = swept;
  white ^= 1;
}
