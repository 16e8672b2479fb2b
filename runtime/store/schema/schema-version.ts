import { MIGRATIONS } from "./migrations.ts";

/**
 * SQLite's `user_version` of a journal:
 *
 *   bits 0–15    how many migrations the file has had
 *   bits 16–30   how many of them whoever opens it has to know; 0 for a file that was only ever added to
 *
 * An older supervisor that is back after a rollback finds a file with more than it knows: what was added doesn't hinder it. A
 * migration that takes something away comes only once no older slot can be started, and raises the second number.
 */
export interface SchemaVersion {
  readonly had: number;
  readonly needed: number;
}

const BITS = 16;

export function decodeSchemaVersion(userVersion: number): SchemaVersion {
  return { had: userVersion & (2 ** BITS - 1), needed: userVersion >>> BITS };
}

export function encodeSchemaVersion({ had, needed }: SchemaVersion): number {
  return needed * 2 ** BITS + had;
}

/** Why this version can't use such a file; undefined when it can. */
export function schemaFault({ needed }: SchemaVersion): string | undefined {
  if (needed <= MIGRATIONS.length) return undefined;
  return `it needs a version that knows schema number ${needed}, this one knows ${MIGRATIONS.length}`;
}
