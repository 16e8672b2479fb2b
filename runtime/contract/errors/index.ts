import { assemblyErrors } from "./assembly.ts";
import { cliErrors } from "./cli.ts";
import { contractErrors } from "./contract.ts";
import { controlErrors } from "./control.ts";
import { deployErrors } from "./deploy.ts";
import { deviceErrors } from "./device.ts";
import { inferenceErrors } from "./inference.ts";
import { kernelErrors } from "./kernel.ts";
import { layerErrors } from "./layer.ts";
import { mediumErrors } from "./medium.ts";
import { modelErrors } from "./model.ts";
import { mqttErrors } from "./mqtt.ts";
import { operationErrors } from "./operation.ts";
import { pixelErrors } from "./pixel.ts";
import { platformErrors } from "./platform.ts";
import { scriptErrors } from "./script.ts";
import { spaceErrors } from "./space.ts";
import { storeErrors } from "./store.ts";
import type { ErrorRow } from "./table.ts";
import { transferErrors } from "./transfer.ts";
import { trustErrors } from "./trust.ts";
import { updateErrors } from "./update.ts";
import { uplinkErrors } from "./uplink.ts";

export type { ErrorRow, ErrorTable } from "./table.ts";

/** Every error code of the system, by area. `docs/errors.md` is held against this table by a test. */
export const ERROR_AREAS = {
  assembly: assemblyErrors,
  cli: cliErrors,
  contract: contractErrors,
  control: controlErrors,
  deploy: deployErrors,
  device: deviceErrors,
  inference: inferenceErrors,
  kernel: kernelErrors,
  layer: layerErrors,
  medium: mediumErrors,
  model: modelErrors,
  mqtt: mqttErrors,
  operation: operationErrors,
  pixel: pixelErrors,
  platform: platformErrors,
  script: scriptErrors,
  space: spaceErrors,
  store: storeErrors,
  transfer: transferErrors,
  trust: trustErrors,
  update: updateErrors,
  uplink: uplinkErrors,
} as const;

type Areas = typeof ERROR_AREAS;
export type ErrorCode = { [A in keyof Areas]: keyof Areas[A] }[keyof Areas];

/** The catalogue's row of `code`, or undefined when there is no such code. */
export function errorRow(code: string): ErrorRow | undefined {
  for (const table of Object.values(ERROR_AREAS)) {
    if (Object.hasOwn(table, code)) return (table as Record<string, ErrorRow>)[code];
  }
  return undefined;
}

/** The one error class of the system: a code of the catalogue, what happened here, and the cause. */
export class StepppsError extends Error {
  override readonly name = "StepppsError";
  readonly code: ErrorCode;
  /** What is particular to this occurrence: a path, a line, a limit. Never a secret. */
  readonly detail: string;

  constructor(code: ErrorCode, detail = "", options?: { cause?: unknown }) {
    const row = errorRow(code);
    super(`${code}: ${row?.what ?? code}${detail ? `: ${detail}` : ""}`, options);
    this.code = code;
    this.detail = detail;
  }

  get row(): ErrorRow {
    return errorRow(this.code) as ErrorRow;
  }

  toJSON(): { code: ErrorCode; what: string; detail: string; why: string; fix: string } {
    const { what, why, fix } = this.row;
    return { code: this.code, what, detail: this.detail, why, fix };
  }
}

/** Any thrown value as a StepppsError: its own code where it has one, `fallback` otherwise. */
export function asStepppsError(thrown: unknown, fallback: ErrorCode): StepppsError {
  if (thrown instanceof StepppsError) return thrown;
  return new StepppsError(fallback, thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
}
