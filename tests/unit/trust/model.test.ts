import { describe, expect, test } from "vitest";
import { encodeTensors, MODEL_CONTENT_TYPE, type ModelManifest } from "../../../runtime/contract/index.ts";
import { encodeCbor, fromPlain } from "../../../runtime/platform/index.ts";
import { generateKeys, openModel, readModel, sealEnvelope, signModel } from "../../../runtime/trust/index.ts";
import { doublingModel, floats } from "../../support/sample-model.ts";

const keys = generateKeys();
const { manifest } = doublingModel({
  guard: { kind: "mahalanobis", of: { input: "x" }, mean: [0, 0.5], whiten: [1, 0, 0.25], threshold: 3 },
});
const signed = (payload: unknown) => sealEnvelope(encodeCbor(fromPlain(payload)), MODEL_CONTENT_TYPE, keys);

describe("model", () => {
  test("opens as what was signed", () => {
    const envelope = signModel(manifest, keys);
    const opened = openModel(envelope, [keys.public]);
    expect(opened.signers).toEqual([keys.public.id]);
    expect(encodeCbor(fromPlain(opened.manifest))).toEqual(encodeCbor(fromPlain(manifest)));
    expect(readModel(envelope).id).toBe(opened.id);
  });

  test("is nobody's that did not sign it", () => {
    expect(() => openModel(signModel(manifest, keys), [generateKeys().public])).toThrow(
      expect.objectContaining({ code: "E_ENVELOPE_SIGNER" }),
    );
  });

  test.each<[string, object]>([
    ["a name that is a path", { name: "../double" }],
    ["no licence", { licence: "" }],
    ["another field", { extra: 1 }],
    ["no golden vectors", { golden: [] }],
    ["golden vectors without a tensor for each input", { golden: [{ inputs: encodeTensors([]), outputs: encodeTensors([]) }] }],
    ["a hash that is too short", { onnx: { ...manifest.onnx, sha256: new Uint8Array(31) } }],
    ["a guard of an output that is not there", { guard: { kind: "output", output: "q", threshold: 1 } }],
    ["a guard whose triangle doesn't fit", { guard: { ...manifest.guard, whiten: [1, 0] } }],
    ["columns beside the last dim", { inputs: [{ ...manifest.inputs[0], columns: [{ name: "only" }] }] }],
    ["two outputs of one name", { outputs: [...manifest.outputs, ...manifest.outputs] }],
  ])("is refused with %s, signed or not", (_, changes) => {
    const bad = { ...manifest, ...changes } as ModelManifest;
    expect(() => signModel(bad, keys)).toThrow(expect.objectContaining({ code: "E_MODEL" }));
    expect(() => openModel(signed(bad), [keys.public])).toThrow(expect.objectContaining({ code: "E_MODEL" }));
  });

  test("is refused with golden vectors that are no tensors", () => {
    const bad = { ...manifest, golden: [{ inputs: Uint8Array.of(1), outputs: encodeTensors([floats([1], [1])]) }] };
    expect(() => openModel(signed(bad), [keys.public])).toThrow(expect.objectContaining({ code: "E_TENSOR" }));
  });
});
