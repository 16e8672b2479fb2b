import { createHash } from "node:crypto";
import { decode, encode } from "cbor-x";
import { type AnswerMeta, encodeTensors, type InferenceResult, type StepppsError } from "../../contract/index.ts";
import { NOTHING } from "./offer.ts";

/** What became of a request: what the input that tells of it carries. */
export interface Answer {
  readonly payload: Uint8Array;
  readonly meta: Uint8Array;
}

/** What was asked: SHA-256 over the model's name and the tensors' frame. */
export function hashOf(model: string, tensors: Uint8Array): Uint8Array {
  return createHash("sha256").update(`${model}\0`).update(tensors).digest();
}

export function resultAnswer(
  tag: string,
  hash: Uint8Array,
  { outputs, model, provider, micros, score }: InferenceResult,
): Answer {
  const meta = { tag, hash, version: model.version, provider, micros: Math.round(micros), ...(score !== undefined && { score }) };
  return { payload: encodeTensors(outputs), meta: encodeMeta(meta) };
}

export function errorAnswer(tag: string, hash: Uint8Array, { code }: StepppsError): Answer {
  return { payload: NOTHING, meta: encodeMeta({ tag, hash, code }) };
}

/** The same answer to a request with another tag. */
export function taggedAnswer({ payload, meta }: Answer, tag: string): Answer {
  return { payload, meta: encodeMeta({ ...readMeta(meta), tag }) };
}

export function readMeta(meta: Uint8Array): AnswerMeta {
  return decode(meta) as AnswerMeta;
}

function encodeMeta(meta: AnswerMeta): Uint8Array {
  return new Uint8Array(encode(meta));
}
