export type { Bundle } from "./assets/asset.ts";
export { bundlePage, makeBundle } from "./assets/bundle.ts";
export { type LanOptions, type Page, type PageOptions, startPage } from "./server/page-server.ts";
export { eventLine } from "./terminal/event-line.ts";
export { type JsonLogOptions, jsonLog, logLine } from "./terminal/json-log.ts";
export { type LiveView, type LiveViewOptions, liveView } from "./terminal/live-view.ts";
