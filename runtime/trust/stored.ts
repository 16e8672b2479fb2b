import { asStepppsError, StepppsError, type SystemEvent } from "../contract/index.ts";
import type { Clock } from "../platform/index.ts";
import type { Journal, Op } from "../store/index.ts";
import { CommandGate } from "./command-gate.ts";
import { readMetadata } from "./metadata/file.ts";
import { ROLES, type Role } from "./metadata/schema.ts";
import type { Dropped, Trusted } from "./metadata/update.ts";
import { SignedTime } from "./signed-time.ts";

/** What the journal knows of trust. */
export interface Stored {
  readonly trusted: Trusted;
  readonly time: SignedTime;
  readonly commands: CommandGate;
  /** The stored root cannot be read: nothing is taken from anybody. */
  readonly damaged: StepppsError | undefined;
}

export interface StoredPorts {
  readonly journal: Journal;
  readonly clock: Clock;
  emit(event: Omit<SystemEvent, "time">): void;
}

/** A file that can't be read is damage: it is reported, and counts as missing, so that nothing can be deployed by it. */
export async function readStored({ journal, clock, emit }: StoredPorts): Promise<Stored> {
  const [rows, gone, time, commands] = await Promise.all([
    journal.read("trust.roles"),
    journal.read("trust.dropped"),
    SignedTime.open(journal, clock),
    CommandGate.open(journal),
  ]);
  const trusted: Record<string, unknown> = {};
  let damaged: StepppsError | undefined;
  for (const { role, envelope } of rows) {
    try {
      trusted[role] = readMetadata(role as Role, envelope);
    } catch (error) {
      const fault = asStepppsError(error, "E_TRUST_METADATA");
      // Without its root the device would trust its owners again: that is for a person to decide ('steppps trust reset').
      if (role === "root") damaged = new StepppsError("E_TRUST_INCOMPLETE", "the stored root cannot be read", { cause: fault });
      emit({ kind: "trust.refused", level: "error", code: fault.code, text: `${role}: ${fault.message}` });
    }
  }
  const dropped: Dropped = Object.fromEntries(gone.map(({ role, version, time }) => [role, { version, time }]));
  return { trusted: { ...trusted, dropped } as Trusted, time, commands, damaged };
}

/** What has to be stored when `next` is trusted in place of `before`. */
export function changes(before: Trusted, next: Trusted, time: SignedTime): Op[] {
  const ops = ROLES.flatMap((role): Op[] => {
    const file = next[role];
    if (file === before[role]) return [];
    return file ? [["trust.role.set", role, file.meta.version, file.bytes]] : [["trust.role.delete", role]];
  });
  const dropped = ROLES.flatMap((role): Op[] => {
    const now = next.dropped?.[role];
    return now && now !== before.dropped?.[role] ? [["trust.dropped.set", role, now.version, now.time]] : [];
  });
  const times = ROLES.flatMap((role) => next[role]?.meta.time ?? []);
  // A stolen timestamp key may have signed a time that never comes; new keys undo it, as they undo its versions (TUF 5.3.11).
  const recovers = before.timestamp !== undefined && next.timestamp === undefined;
  return [...ops, ...dropped, ...(recovers ? time.restart(times) : time.seen(times))];
}
