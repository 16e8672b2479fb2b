export { openDataDirectory, type Running } from "./data-directory.ts";
export { type DataDirectory, dataPaths } from "./data-paths.ts";
export { ENGINES, type EngineName } from "./engine.ts";
export { FIRST_DOCUMENT } from "./first-document.ts";
export { showPairing } from "./pairing/show-pairing.ts";
export { PHASES } from "./phases.ts";
export { startSupervisor } from "./supervisor.ts";
export type { Supervisor, SupervisorOptions } from "./supervisor-options.ts";
