export { Control, type ControlOptions } from "./host/control.ts";
export { PluginHost, type PluginHostOptions } from "./host/plugin-host.ts";
export { controlVerbs } from "./host/verbs.ts";
export { createArtefactCache } from "./sandbox/artefact-cache.ts";
export type { Sandbox, SandboxEngine } from "./sandbox/sandbox.ts";
export { v8Engine } from "./sandbox/v8.ts";
export { DEFAULT_WASMTIME, wasmtimeEngine } from "./sandbox/wasmtime.ts";
export { restoreBatch } from "./workflow/image.ts";
export { DEFAULT_RETRY, type RetryPolicy } from "./workflow/retry.ts";
