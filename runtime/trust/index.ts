export * from "./envelope.ts";
export * from "./key.ts";
export * from "./key-file.ts";
export * from "./package.ts";
