/** What authors of plugins use: `import { … } from "steppps"`. */
export * from "./decorators";
export { Buffer, Bytes } from "./buffer";
export { Cbor } from "./cbor/reader";
export { CborWriter } from "./cbor/writer";
export { Duration, duration } from "./duration";
export { publish, startTimer, cancelTimer, reject, log, QOS0, QOS1, QOS2, RETAIN } from "./effects";
export { infer, InferenceResult } from "./inference";
export { Json } from "./json/reader";
export { JsonWriter } from "./json/writer";
export { Message } from "./message";
export { oldKeys, oldState } from "./migration";
export { now, random, randomBits, randomInt } from "./random";
export { SenML, SenMLWriter } from "./senml";
export { StateMap } from "./state-map";
export { Tensor } from "./tensor";
