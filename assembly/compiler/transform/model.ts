import type { Range } from "assemblyscript";
import type { ConfigField, Limits, Manifest } from "../../../runtime/contract/index.ts";

/** What a plugin's source says, before anything is generated from it. */
export interface Workflow {
  readonly className: string;
  /** Where the class is named. */
  readonly place: Range;
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly durability: Manifest["durability"];
  readonly limits: Limits;
  readonly handlers: readonly HandlerMethod[];
  readonly config: readonly ConfigField[];
  readonly state: readonly StateMember[];
  /** Classes that state fields are made of, in order of first use. */
  readonly records: readonly RecordType[];
  readonly migration?: MigrationMethod;
  readonly publishes: readonly string[];
  readonly usesTimers: boolean;
  /** Models that it asks. */
  readonly models: readonly string[];
}

export interface HandlerMethod {
  readonly handler: Manifest["handlers"][number];
  /** Whether the method wants what came (the message, the result), or only to be called. */
  readonly takesInput: boolean;
}

/** The method that takes over the state of another version. */
export interface MigrationMethod {
  readonly method: string;
  /** Whether it wants to know which version that was. */
  readonly takesVersion: boolean;
}

export interface StateMember {
  readonly name: string;
  readonly type: StateType;
}

/** A type that state can be stored as. `source` is how it is written in AssemblyScript. */
export type StateType =
  | { readonly kind: "scalar"; readonly source: string }
  | { readonly kind: "array"; readonly source: string; readonly of: StateType }
  | { readonly kind: "record"; readonly source: string }
  | { readonly kind: "map"; readonly source: string; readonly key: string; readonly of: StateType };

/** A plain class: stored as a map of its fields by name. */
export interface RecordType {
  readonly name: string;
  readonly fields: readonly StateMember[];
}
