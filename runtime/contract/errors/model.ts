import type { ErrorTable } from "./table.ts";

/** Models: why an ONNX file or a signed model was not taken. */
export const modelErrors = {
  E_MODEL: {
    what: "The file is not a model that this version knows",
    why: "A model begins with its mark and a signed envelope that describes the ONNX file behind it",
    fix: "Name the .model file that 'steppps model add' wrote, unchanged",
  },
  E_MODEL_ONNX: {
    what: "The file is not ONNX as it is specified",
    why: "It is read as a whole before anything runs it, and something in it is cut short or contradicts itself",
    fix: "Export the model again; 'python -m onnx.checker' says more about what is wrong",
  },
  E_MODEL_EXTERNAL: {
    what: "The model's weights lie in another file",
    why: "A model is signed as one file, and one that names paths could read any file of the device",
    fix: "Save it as one file: onnx.save_model(model, path, save_as_external_data=False)",
  },
  E_MODEL_LIMIT: {
    what: "The model is larger than a device takes",
    why: "Its size, its number of nodes, the depth of its graphs or the tensors it would make are bounded, whoever made it",
    fix: "Make the model smaller, quantize it, or give dynamic dimensions a name instead of a huge number",
  },
  E_MODEL_GRAPH: {
    what: "The model's graph can't be run",
    why: "A value in it depends on itself, is made twice, or is made by nobody",
    fix: "Export the model again; 'python -m onnx.checker' names the node",
  },
  E_MODEL_OPSET: {
    what: "The model uses operators that are not known here",
    why: "Each file says which version of which set of operators it was made for",
    fix: "Convert it with onnx.version_converter, or export it for the opset that the detail names",
  },
  E_MODEL_SCHEMA: {
    what: "The model and its manifest do not agree",
    why: "Inputs, outputs, types and dimensions that people rely on are those that were signed",
    fix: "Write the manifest from this very file: 'steppps model add'",
  },
  E_MODEL_CONTENT: {
    what: "The model's file is not what its signature covers",
    why: "It is compared with its SHA-256 before it is read; nothing of it was used",
    fix: "Copy or send the file again from where it was signed",
  },
  E_MODEL_GOLDEN: {
    what: "The model does not answer here as it did where it was signed",
    why: "Its golden vectors are run before it is used, and an output differs by more than its tolerance",
    fix: "Run 'steppps model test' on this kind of machine; widen the tolerance only if the difference does no harm",
  },
  E_MODEL_MEMORY: {
    what: "The models of this device would take more memory than it gives them",
    why: "What their manifests state together may be a quarter of the machine's memory: the rest is for plugins and the system",
    fix: "Take a smaller model off the device, or make this one smaller",
  },
  E_MODEL_UNKNOWN: {
    what: "There is no such model",
    why: "Only what 'steppps model list' shows can be removed, and only what has taken another's place can be taken back",
    fix: "See 'steppps model list'",
  },
  E_MODEL_MINIMUM: {
    what: "The model needs a newer version of STEPPPS Edge",
    why: "Whoever made it said with which versions it works",
    fix: "Bring the device a newer version first",
  },
} as const satisfies ErrorTable;
