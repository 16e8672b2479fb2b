import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { StepppsError } from "../../contract/index.ts";
import { ASSET_NAMES, ASSET_TYPES, type Asset, type Assets, type Bundle } from "./asset.ts";
import { bundlePage, isFresh, makeBundle } from "./bundle.ts";

const cached = () => fileURLToPath(new URL("../../../.cache/pixel/bundle.json", import.meta.url));

/** The page's files, ready to send: from `bundle`, made ahead, or from this checkout's sources. Throws E_PAGE_ASSETS. */
export async function loadAssets(bundle?: string): Promise<Assets> {
  try {
    const { files } = bundle ? await readBundle(bundle) : await ownBundle();
    const entries = ASSET_NAMES.map((name) => [name, makeAsset(ASSET_TYPES[name], files[name])]);
    return Object.fromEntries(entries) as Assets;
  } catch (error) {
    throw new StepppsError("E_PAGE_ASSETS", error instanceof Error ? error.message : "", { cause: error });
  }
}

async function ownBundle(): Promise<Bundle> {
  const last = await readBundle(cached()).catch(() => undefined);
  if (last && (await isFresh(last))) return last;
  // Where it cannot be kept, as in a checkout one may only read, it is made again at each start.
  return await bundlePage(cached()).catch(makeBundle);
}

async function readBundle(path: string): Promise<Bundle> {
  return JSON.parse(await readFile(path, "utf8"));
}

function makeAsset(type: string, text: string): Asset {
  const body = Buffer.from(text);
  return { body, type, etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"` };
}
