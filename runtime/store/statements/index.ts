import type { Query, Row, Statement, Values } from "./column.ts";
import { EVENT_QUERIES, EVENT_STATEMENTS } from "./event.ts";
import { MQTT_QUERIES, MQTT_STATEMENTS } from "./mqtt.ts";
import { SCRIPT_QUERIES, SCRIPT_STATEMENTS } from "./script.ts";

/** Every change that can be made to the journal, and every question it answers. */
const STATEMENTS = { ...SCRIPT_STATEMENTS, ...EVENT_STATEMENTS, ...MQTT_STATEMENTS } as const;
const QUERIES = { ...SCRIPT_QUERIES, ...EVENT_QUERIES, ...MQTT_QUERIES } as const;

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
