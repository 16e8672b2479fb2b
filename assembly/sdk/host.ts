/** The plugin ABI as a guest sees it (`runtime/contract/abi.ts` is its one description). Authors use `effects.ts` instead. */

@external("steppps", "read")
export declare function read(slot: i32, offset: i32, pointer: usize, length: i32): i32;

@external("steppps", "publish")
export declare function publish(topic: usize, topicLength: i32, payload: usize, payloadLength: i32, flags: i32): void;

@external("steppps", "state_set")
export declare function stateSet(key: usize, keyLength: i32, value: usize, valueLength: i32): void;

@external("steppps", "state_delete")
export declare function stateDelete(key: usize, keyLength: i32): void;

@external("steppps", "timer_set")
export declare function timerSet(name: usize, nameLength: i32, due: i64, payload: usize, payloadLength: i32): void;

@external("steppps", "timer_cancel")
export declare function timerCancel(name: usize, nameLength: i32): void;

@external("steppps", "log")
export declare function log(level: i32, text: usize, textLength: i32): void;

@external("steppps", "infer")
export declare function infer(
  model: usize,
  modelLength: i32,
  tag: usize,
  tagLength: i32,
  deadline: i32,
  source: i32,
  tensors: usize,
  tensorsLength: i32,
): void;
