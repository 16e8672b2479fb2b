/** What the compiler's dispatcher calls. Authors import from "steppps". */
import { Buffer } from "./buffer";
import { Cbor } from "./cbor/reader";
import { CborWriter } from "./cbor/writer";
import { log, trimEffects } from "./effects";
import * as host from "./host";
import { InferenceResult, trimInference } from "./inference";
import { input } from "./input";
import { Message } from "./message";
import { endMigration, putAside } from "./migration";
import { collectIfDue } from "./rt/collector";

export { Cbor } from "./cbor/reader";
export { CborWriter } from "./cbor/writer";
export { Encoded } from "./encoded";

/** HANDLE_RESULT of the ABI. */
export const OK = 0;
export const REJECTED = 1;
export const UNKNOWN_HANDLER = 2;
export const BAD_STATE = 3;
export const BAD_CONFIG = 4;
/** Not of the ABI: no field is stored under that key. */
export const NOT_MINE = 100;
/** RESTORE_MIGRATING of the ABI. */
const MIGRATING = 1;

export const message = new Message();
export const inference = new InferenceResult();

const key = new Buffer(64);
const encoding = new CborWriter();
let failed = false;

export function begin(time: i64, seed: i64, name: i32, payload: i32, meta: i32): void {
  input.begin(time, seed, name, payload, meta);
}

/** What a handler's run came to. */
export function finish(): i32 {
  const why = input.rejection;
  if (why === null) return OK;
  log.warn("rejected: " + why);
  input.rejection = null;
  return REJECTED;
}

/** Between inputs: nothing on the stack refers to an object, and nothing points into the input. */
export function rest(): void {
  input.end();
  message.forget();
  inference.forget();
  trimEffects();
  trimInference();
  collectIfDue();
}

/** The state entry or settings that the input carries. */
export function value(): Cbor {
  failed = false;
  const from = input.payloadPointer();
  return new Cbor(from, from + input.payloadLength);
}

/** Whether the value that was read last is of its field's type. */
export function fits(): bool {
  return !failed;
}

/** Whether `key` is one that `writeKey` gives. */
export function keyFits<K>(text: string): bool {
  if (isString<K>()) return true;
  return readKey<K>(text).toString() == text;
}

/** What the reader of entries came to, as the host is told. */
export function restored(result: i32): i32 {
  if (result == NOT_MINE) return OK;
  if (result == BAD_STATE) {
    const name = message.topic;
    log.error(
      `stored state "${name}" is not what its field holds now: give the field another name, take it over in a method with @migrate, or go back to the version that wrote it`,
    );
  }
  return result;
}

/** As `restored`, in a plugin with a migration: when that follows, every entry is put aside for it, and none is refused. */
export function restoredOrPutAside(result: i32, handler: i32): i32 {
  if (handler != MIGRATING) return restored(result);
  putAside(message.topic, input.payloadPointer(), input.payloadLength, result == OK);
  return OK;
}

/** What the migration came to. */
export function migrated(): i32 {
  endMigration();
  return finish();
}

export function configured(name: string): i32 {
  if (!failed) return OK;
  log.error(`setting "${name}" does not have the type of its field`);
  return BAD_CONFIG;
}

/** An empty writer for one value at a time. */
export function writer(): CborWriter {
  return encoding.clear();
}

/** What was written since `writer`. */
export function encoded(): CborWriter {
  return encoding;
}

export function storeField(name: string, value: CborWriter): void {
  key.clear();
  key.text(name);
  host.stateSet(key.pointer, key.length, value.pointer, value.length);
}

export function deleteField(name: string): void {
  key.clear();
  key.text(name);
  host.stateDelete(key.pointer, key.length);
}

export function writeScalar<T>(to: CborWriter, value: T): void {
  if (isBoolean<T>()) to.bool(<bool>value);
  else if (isFloat<T>()) to.f64(<f64>value);
  else if (isInteger<T>()) {
    if (isSigned<T>()) to.i64(<i64>value);
    else to.u64(<u64>value);
  } else if (isString<T>()) to.text(changetype<string>(value));
  else if (value instanceof Uint8Array) to.bytes(value);
  else ERROR("not a scalar");
}

/** The value as a T; marks the input as failed when it is none. */
export function readScalar<T>(from: Cbor): T {
  if (isBoolean<T>()) {
    if (!from.isBool) failed = true;
    return <T>from.asBool();
  } else if (isFloat<T>()) {
    if (!from.isNumber) failed = true;
    return <T>from.asF64();
  } else if (isInteger<T>()) {
    // A number that is not whole, or out of range, is not this type's: two fallbacks tell it from one that is equal to one.
    if (sizeof<T>() == 8 && !isSigned<T>()) {
      if (from.asU64(0) != from.asU64(1)) failed = true;
      return <T>from.asU64();
    }
    const wide = from.asI64(0);
    if (wide != from.asI64(1) || <i64>(<T>wide) != wide) failed = true;
    return <T>wide;
  } else if (isString<T>()) {
    if (!from.isText) failed = true;
    return changetype<T>(from.asString());
  } else {
    if (!from.isBytes) failed = true;
    return changetype<T>(from.asBytes());
  }
}

/** An array's or map's first item; marks the input as failed when the value is neither. */
export function items(from: Cbor, map: bool): Cbor {
  if (map ? !from.isMap : !from.isArray) failed = true;
  return from.first();
}

/** A map entry's key: the text behind "field/". */
export function readKey<K>(text: string): K {
  if (isString<K>()) return changetype<K>(text);
  if (isSigned<K>()) return <K>I64.parseInt(text);
  return <K>U64.parseInt(text);
}

export function writeKey<K>(field: string, key: K): string {
  if (isString<K>()) return field + changetype<string>(key);
  return field + key.toString();
}
