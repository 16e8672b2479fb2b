import { open, readFile } from "node:fs/promises";
import { LAYER_MARK, readLayerHead } from "../../boot/device/layer/layer-file.ts";
import { equalBytes } from "../../contract/bytes.ts";
import { MODEL_MARK, splitModelFile } from "../../inference/model-file.ts";
import {
  imageTarget,
  layerTarget,
  MAX_IMAGE_ENVELOPE_BYTES,
  MAX_MODEL_ENVELOPE_BYTES,
  modelTarget,
  PLUGIN_CONTENT_TYPE,
  parseCose,
  pluginTarget,
  readImage,
  readLayer,
  readModel,
  readStoredPackage,
} from "../../trust/index.ts";
import { BUNDLE_MARK, readHeader } from "../../update/bundle/header.ts";
import type { ByteSource } from "../../update/source/byte-source.ts";
import { fileSource } from "../../update/source/file-source.ts";

/** A file that targets name. */
export interface Artefact {
  /** Its name there. */
  readonly target: string;
  readonly version: string;
  /** What was signed: of a plugin the whole file, otherwise its head. */
  readonly envelope: Uint8Array;
}

interface Headed {
  readonly mark: Uint8Array;
  read(source: ByteSource): Promise<Artefact>;
}

const HEADED: readonly Headed[] = [
  {
    mark: BUNDLE_MARK,
    async read(source) {
      const { envelope } = await readHeader(source, MAX_IMAGE_ENVELOPE_BYTES);
      const { manifest } = readImage(envelope);
      return { target: imageTarget(manifest), version: manifest.version, envelope };
    },
  },
  {
    mark: LAYER_MARK,
    async read(source) {
      const { envelope } = await readLayerHead(source);
      const { manifest } = readLayer(envelope);
      return { target: layerTarget(manifest), version: manifest.version, envelope };
    },
  },
];

/** A plugin, an image's bundle, a layer or a model; undefined for another file. Throws what is wrong with one of those. */
export async function readArtefact(path: string): Promise<Artefact | undefined> {
  const start = await firstBytes(path);
  if (equalBytes(start, MODEL_MARK)) return readSignedModel(path);
  const headed = HEADED.find(({ mark }) => equalBytes(start, mark));
  if (!headed) return readPlugin(path);
  const source = await fileSource(path);
  try {
    return await headed.read(source);
  } finally {
    await source.close();
  }
}

async function readSignedModel(path: string): Promise<Artefact> {
  const { envelope } = splitModelFile(await readFile(path), MAX_MODEL_ENVELOPE_BYTES);
  const { manifest } = readModel(envelope);
  return { target: modelTarget(manifest), version: manifest.version, envelope };
}

async function readPlugin(path: string): Promise<Artefact | undefined> {
  const envelope = await readFile(path);
  if (parseCose(envelope).contentType !== PLUGIN_CONTENT_TYPE) return undefined;
  const { manifest } = readStoredPackage(envelope);
  return { target: pluginTarget(manifest), version: manifest.version, envelope };
}

async function firstBytes(path: string): Promise<Uint8Array> {
  await using file = await open(path);
  const { bytesRead, buffer } = await file.read(Buffer.alloc(LAYER_MARK.length), 0, LAYER_MARK.length, 0);
  return buffer.subarray(0, bytesRead);
}
