import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ASSET_NAMES, type Bundle } from "../../../runtime/pixel/assets/asset.ts";
import { bundlePage, isFresh } from "../../../runtime/pixel/assets/bundle.ts";
import { loadAssets } from "../../../runtime/pixel/assets/load.ts";

let folder: string;
let path: string;
let bundle: Bundle;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "steppps-page-"));
  path = join(folder, "deep/bundle.json");
  bundle = await bundlePage(path);
});
afterAll(() => rm(folder, { recursive: true }));

describe("a bundle", () => {
  test("has every file, in one file, and leaves no other", async () => {
    for (const name of ASSET_NAMES) expect(bundle.files[name]).not.toBe("");
    expect(await readdir(join(folder, "deep"))).toEqual(["bundle.json"]);
  });

  test("is small, and has no map, no path of this machine and nothing to load from elsewhere", () => {
    const { "page.js": script, "page.css": style, "index.html": html } = bundle.files;
    expect(script.length + style.length).toBeLessThan(64 * 1024);
    for (const text of [script, style, html])
      expect(text).not.toMatch(/sourceMappingURL|@import|url\(|https?:\/\/(?!www\.w3\.org\/)/);
    expect(JSON.stringify(bundle)).not.toContain(import.meta.dirname);
  });

  test("has no inline script, style or handler, which the policy would refuse", () => {
    expect(bundle.files["index.html"]).not.toMatch(/<style|<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=/);
    expect(bundle.files["icon.svg"]).not.toMatch(/<script|<style|\sstyle=|\son\w+=/);
  });

  test("is stale once a source of it is another, or gone", async () => {
    expect(await isFresh(bundle)).toBe(true);
    const changed = { ...bundle, inputs: { ...bundle.inputs, "../page/main.tsx": "0" } };
    expect(await isFresh(changed)).toBe(false);
    expect(await isFresh({ ...bundle, inputs: { ...bundle.inputs, "../page/gone.tsx": "0" } })).toBe(false);
  });
});

describe("a bundle made ahead", () => {
  test("is served as it is", async () => {
    const assets = await loadAssets(path);
    expect(assets["page.js"].body.toString()).toBe(bundle.files["page.js"]);
    expect(assets["page.js"].etag).toMatch(/^"[\w-]{22}"$/);
  });

  test.each(["", "{}", "[]", '{"files":{}}'])("that is %j is E_PAGE_ASSETS", async (text) => {
    const broken = join(folder, "broken.json");
    await writeFile(broken, text);
    await expect(loadAssets(broken)).rejects.toMatchObject({ code: "E_PAGE_ASSETS" });
  });

  test("that is missing is E_PAGE_ASSETS", async () => {
    await expect(loadAssets(join(folder, "none.json"))).rejects.toMatchObject({ code: "E_PAGE_ASSETS" });
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual(bundle);
  });
});
