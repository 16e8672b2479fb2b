import type { ImageManifest, LayerManifest, Manifest, ModelManifest } from "../../contract/index.ts";

/** What targets call an artefact: each name stands for one version, and so for one sequence of bytes. */
export function pluginTarget({ name }: Pick<Manifest, "name">): string {
  return `plugin/${name}`;
}

export function imageTarget({ board }: Pick<ImageManifest, "board">): string {
  return `image/${board}`;
}

export function layerTarget({ name, arch }: Pick<LayerManifest, "name" | "arch">): string {
  return `layer/${name}-${arch.replace("_", "-")}`;
}

export function modelTarget({ name }: Pick<ModelManifest, "name">): string {
  return `model/${name}`;
}
