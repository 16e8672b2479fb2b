import type { Query, Row, Statement, Values } from "./column.ts";
import { DEPLOY_QUERIES, DEPLOY_STATEMENTS } from "./deploy.ts";
import { EVENT_QUERIES, EVENT_STATEMENTS } from "./event.ts";
import { INFERENCE_QUERIES, INFERENCE_STATEMENTS } from "./inference.ts";
import { MQTT_QUERIES, MQTT_STATEMENTS } from "./mqtt.ts";
import { ROLLBACK_QUERIES, ROLLBACK_STATEMENTS } from "./rollback.ts";
import { SCRIPT_QUERIES, SCRIPT_STATEMENTS } from "./script.ts";
import { TRANSFER_QUERIES, TRANSFER_STATEMENTS } from "./transfer.ts";
import { TRUST_QUERIES, TRUST_STATEMENTS } from "./trust.ts";

/** Every change that can be made to the journal, and every question it answers. */
const STATEMENTS = {
  ...SCRIPT_STATEMENTS,
  ...INFERENCE_STATEMENTS,
  ...ROLLBACK_STATEMENTS,
  ...DEPLOY_STATEMENTS,
  ...EVENT_STATEMENTS,
  ...MQTT_STATEMENTS,
  ...TRANSFER_STATEMENTS,
  ...TRUST_STATEMENTS,
} as const;
const QUERIES = {
  ...SCRIPT_QUERIES,
  ...INFERENCE_QUERIES,
  ...ROLLBACK_QUERIES,
  ...DEPLOY_QUERIES,
  ...EVENT_QUERIES,
  ...MQTT_QUERIES,
  ...TRANSFER_QUERIES,
  ...TRUST_QUERIES,
} as const;

export type StatementName = keyof typeof STATEMENTS;
export type QueryName = keyof typeof QUERIES;
export type QueryParams<Q extends QueryName> = Values<(typeof QUERIES)[Q]["params"]>;
export type QueryRow<Q extends QueryName> = Row<(typeof QUERIES)[Q]["row"]>;

/** One change: a statement's name and its parameters, as in `["state.set", "lights", "on", value]`. */
export type Op = { [N in StatementName]: readonly [N, ...Values<(typeof STATEMENTS)[N]["params"]>] }[StatementName];

/** Both threads load this module, so that a statement's place in the list is its number on the way between them. */
export const STATEMENT_LIST: readonly Statement[] = Object.values(STATEMENTS);
export const STATEMENT_NUMBER: ReadonlyMap<string, number> = new Map(Object.keys(STATEMENTS).map((name, i) => [name, i]));
export const QUERY_TABLE: Readonly<Record<QueryName, Query>> = QUERIES;
