import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, readLayers, readSources } from "./sources.ts";

const layers = readLayers();
const runtime = layers.filter(({ path }) => path !== "tests");
const sources = readSources(runtime);
const layerOf = (path: string) => layers.find((layer) => path.startsWith(`${layer.path}/`));

test("a layer references layers below it only", () => {
  const upward = layers.flatMap(({ path, references }, i) =>
    references.filter((other) => layers.findIndex((layer) => layer.path === other) >= i).map((other) => `${path} -> ${other}`),
  );
  expect(upward).toEqual([]);
});

test("a file imports its own layer and those its layer references, nothing else of the project", () => {
  const strays = sources.flatMap(({ path, imports }) => {
    const own = layerOf(path);
    return imports
      .filter(({ target }) => target !== undefined)
      .filter(({ target }) => {
        const layer = layerOf(target as string);
        return !layer || (layer !== own && !own?.references.includes(layer.path));
      })
      .map(({ target }) => `${path} -> ${target}`);
  });
  expect(strays).toEqual([]);
});

test("contract knows no host: it imports typebox and itself", () => {
  const outside = sources
    .filter(({ path }) => path.startsWith("runtime/contract/"))
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ target, specifier }) => !target && !/^typebox(\/|$)/.test(specifier))
        .map(({ specifier }) => `${path} -> ${specifier}`),
    );
  expect(outside).toEqual([]);
});

test("what runs on a device needs packages from dependencies, not from devDependencies", () => {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const packageOf = (specifier: string) => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  const missing = sources.flatMap(({ path, imports }) =>
    imports
      .filter(
        ({ target, specifier }) =>
          !target && !specifier.startsWith("node:") && !Object.hasOwn(dependencies, packageOf(specifier)),
      )
      .map(({ specifier }) => `${path} -> ${specifier}`),
  );
  expect(missing).toEqual([]);
});

test("no import is there for its side effect", () => {
  const effects = sources.flatMap(({ path, imports }) =>
    imports.filter(({ bare }) => bare).map(({ specifier }) => `${path} -> ${specifier}`),
  );
  expect(effects).toEqual([]);
});

test("no file imports itself by way of others", () => {
  const graph = new Map(sources.map(({ path, imports }) => [path, imports.flatMap(({ target }) => target ?? [])]));
  expect(cycles(graph)).toEqual([]);
});

/** One line for each edge that closes a cycle, by depth-first search. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
    if (done.has(path) || trail.includes(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}
