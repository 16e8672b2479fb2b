import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Faults } from "../../contract/index.ts";
import { eachOp, splitGroup } from "../group.ts";
import type { Failure } from "../protocol.ts";
import { STATEMENT_LIST } from "../statements/index.ts";
import { transaction } from "./connection.ts";
import { failureOf } from "./sqlite-error.ts";

/** After these nobody knows what the disk holds: nothing more is written until the journal is opened again. */
const FINAL = new Set(["E_STORE_IO", "E_STORE_CORRUPT"]);

/** Applies groups of commits, one transaction and one fsync each. */
export class Transactions {
  readonly #database: DatabaseSync;
  readonly #faults: Faults;
  readonly #makeRoom: () => void;
  readonly #statements: readonly (readonly StatementSync[])[];
  #broken: Failure | undefined;

  /** `makeRoom` is called when the disk or the file is full, before a second try. */
  constructor(database: DatabaseSync, faults: Faults, makeRoom: () => void) {
    this.#database = database;
    this.#faults = faults;
    this.#makeRoom = makeRoom;
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
    if (whole.code === "E_STORE_FULL") this.#makeRoom();
    else if (commits.length === 1) return [whole];
    // Somebody's ops failed the group: alone, each commit answers for itself.
    return commits.map((commit) => this.#try(commit));
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
      this.#faults.pass("commit:after-commit");
      return undefined;
    } catch (error) {
      return this.note(error);
    }
  }

  /** The error as a failure; one after which the disk cannot be trusted ends all writing. */
  note(error: unknown): Failure {
    const failure = failureOf(error);
    if (FINAL.has(failure.code)) this.#broken ??= failure;
    return failure;
  }
}
