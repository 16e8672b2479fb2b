export type { Bundle } from "./assets/asset.ts";
export { bundlePage } from "./assets/bundle.ts";
export { type Page, type PageOptions, startPage } from "./server/page-server.ts";
export { type LiveView, type LiveViewOptions, liveView } from "./terminal/live-view.ts";
