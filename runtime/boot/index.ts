export { openDataDirectory, type Running } from "./data-directory.ts";
export { type DataDirectory, dataPaths } from "./data-paths.ts";
export { ENGINES, type EngineName } from "./engine.ts";
export { PHASES } from "./phases.ts";
export { type Supervisor, type SupervisorOptions, startSupervisor } from "./supervisor.ts";
