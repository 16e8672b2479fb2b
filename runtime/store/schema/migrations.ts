import { DEPLOY_TABLES } from "./deploy.ts";
import { EVENT_ADDITIONS, EVENT_TABLES } from "./event.ts";
import { INFERENCE_TABLES } from "./inference.ts";
import { MQTT_ADDITIONS, MQTT_TABLES } from "./mqtt.ts";
import { SCRIPT_ADDITIONS, SCRIPT_TABLES } from "./script.ts";
import { TRANSFER_TABLES } from "./transfer.ts";
import { TRUST_TABLES } from "./trust.ts";

/** "STPS": the mark in the header (offset 68) by which a file is known to be a journal. */
export const APPLICATION_ID = 0x53545053;

/**
 * The schema's history; `user_version` counts how many of these a file has had. Append only, and only what adds (tables, columns
 * with a default, indexes): an older supervisor must be able to open the file again until the newer one is blessed.
 */
export const MIGRATIONS: readonly (readonly string[])[] = [
  [...SCRIPT_TABLES, ...EVENT_TABLES, ...MQTT_TABLES],
  [...SCRIPT_ADDITIONS, ...EVENT_ADDITIONS, ...MQTT_ADDITIONS, ...DEPLOY_TABLES, ...TRANSFER_TABLES, ...TRUST_TABLES],
  INFERENCE_TABLES,
];
