import type { ErrorTable } from "./table.ts";

/** Inferences: why there is no result. */
export const inferenceErrors = {
  E_TENSOR: {
    what: "The bytes are not tensors",
    why: "A frame of tensors says of each its type, dims and size, and all of it has to agree",
    fix: "Make it with the SDK's Tensor, or as runtime/contract/tensor.ts draws it",
  },
  E_INFER_MODEL: {
    what: "There is no such model on this device",
    why: "It was not deployed, or it was taken away since",
    fix: "See 'steppps model list', and deploy it",
  },
  E_INFER_SHAPE: {
    what: "The tensors are not what the model takes",
    why: "Their number, types and dims have to be those of the model's inputs",
    fix: "Compare the detail with the inputs that 'steppps model list' shows",
  },
  E_INFER_RANGE: {
    what: "A value is outside of what the model was made for",
    why: "The model's manifest says which values an input may have; NaN and infinities are never among them",
    fix: "Check the source of the value that the detail names",
  },
  E_INFER_DEADLINE: {
    what: "There was no result in time",
    why: "The deadline that came with the request is over; whatever ran was stopped",
    fix: "Give it more time, ask less often, or use a smaller model",
  },
  E_INFER_BUSY: {
    what: "Too many requests wait for a result",
    why: "They are kept in memory until their turn, up to a bound for each owner",
    fix: "Ask less often, or wait for results before asking again",
  },
  E_INFER_WORKER: {
    what: "The process that runs models ended",
    why: "It crashed or was killed, and the second try did not succeed either; it is started again by itself",
    fix: "Look at the reason in the detail; if one model does it again and again, replace that model",
  },
  E_INFER_RUN: {
    what: "The model failed on this input",
    why: "The library that runs it says so",
    fix: "Check the input; the detail has the library's own words",
  },
  E_INFER_LOAD: {
    what: "The model can't be loaded",
    why: "The library that runs models refuses the file, or loading took too long",
    fix: "Check the file with 'steppps model test'; the detail has the library's own words",
  },
  E_INFER_MEMORY: {
    what: "The model takes more memory than it may",
    why: "Its manifest states a budget, and the process that runs models has a bound of its own",
    fix: "Raise the budget in the manifest if the device has room, or use a smaller model",
  },
  E_INFER_PROVIDER: {
    what: "Nothing on this device can run models",
    why: "Neither the native worker nor the WebAssembly fallback is there",
    fix: "Bring the layer 'inference' with 'steppps layer add', or install the package onnxruntime-web",
  },
} as const satisfies ErrorTable;
