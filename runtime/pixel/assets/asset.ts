/** The page's files, and what they are sent as. */
export const ASSET_TYPES = {
  "index.html": "text/html; charset=utf-8",
  "page.js": "text/javascript; charset=utf-8",
  "page.css": "text/css; charset=utf-8",
  "icon.svg": "image/svg+xml",
} as const;
export type AssetName = keyof typeof ASSET_TYPES;
export const ASSET_NAMES = Object.keys(ASSET_TYPES) as readonly AssetName[];

export interface Asset {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
}
export type Assets = Readonly<Record<AssetName, Asset>>;

/** All the page's files in one: what a device has beside the supervisor, and what a checkout caches. */
export interface Bundle {
  /** SHA-256 in hex of each source it was made from, by its path from the bundler. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<AssetName, string>>;
}
