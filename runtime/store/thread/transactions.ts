import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Faults } from "../../contract/fault.ts";
import { eachOp, splitGroup } from "../group.ts";
import type { Failure } from "../protocol.ts";
import { STATEMENT_LIST } from "../statements/index.ts";
import { transaction } from "./connection.ts";
import { failureOf } from "./sqlite-error.ts";

/** After these nobody knows what the disk holds: nothing more is written until the journal is opened again. */
const FINAL = new Set(["E_STORE_IO", "E_STORE_CORRUPT"]);

/** What can be done about a full disk. */
export interface Room {
  /** Empties the log, which may be all that it takes. */
  make(): void;
  /** Does `work` with the space that was held back. */
  spend<T>(work: () => T): T;
}

/** Applies groups of commits, one transaction and one fsync each. */
export class Transactions {
  readonly #database: DatabaseSync;
  readonly #faults: Faults;
  readonly #room: Room;
  readonly #statements: readonly (readonly StatementSync[])[];
  #broken: Failure | undefined;

  constructor(database: DatabaseSync, faults: Faults, room: Room) {
    this.#database = database;
    this.#faults = faults;
    this.#room = room;
    this.#statements = STATEMENT_LIST.map(({ sql }) => [sql].flat().map((text) => database.prepare(text)));
  }

  /** The failure after which nothing is written any more. */
  get broken(): Failure | undefined {
    return this.#broken;
  }

  /** Applies a group. Undefined when all of it is on the disk; otherwise an entry a commit, undefined for those that are. */
  apply(group: Uint8Array): readonly (Failure | undefined)[] | undefined {
    const whole = this.#try(group);
    if (!whole) return undefined;
    const commits = splitGroup(group);
    if (whole.code === "E_STORE_FULL") this.#room.make();
    else if (commits.length === 1) return [whole];
    // Somebody's ops failed the group: alone, each commit answers for itself.
    return commits.map((commit) => {
      const failure = this.#try(commit);
      return failure?.code === "E_STORE_FULL" && deletesOnly(commit) ? this.#room.spend(() => this.#try(commit)) : failure;
    });
  }

  #try(group: Uint8Array): Failure | undefined {
    if (this.#broken) return this.#broken;
    try {
      this.#faults.pass("commit:before-write");
      transaction(this.#database, () => {
        eachOp(group, (statement, values) => {
          for (const prepared of this.#statements[statement] as readonly StatementSync[]) prepared.run(...values);
        });
        this.#faults.pass("commit:after-write");
      });
    } catch (error) {
      return this.note(error);
    }
    this.#faults.pass("commit:after-commit"); // an error here ends the thread: what is committed cannot be said to have failed
    return undefined;
  }

  /** The error as a failure; one after which the disk cannot be trusted ends all writing. */
  note(error: unknown): Failure {
    const failure = failureOf(error);
    if (FINAL.has(failure.code)) this.#broken ??= failure;
    return failure;
  }
}

/** Whether a commit leaves the journal smaller, so that it may have the last of the space. */
function deletesOnly(commit: Uint8Array): boolean {
  let only = true;
  eachOp(commit, (statement) => {
    only &&= [STATEMENT_LIST[statement]?.sql ?? ""].flat().every((sql) => sql.startsWith("DELETE"));
  });
  return only;
}
