import { Buffer, Bytes } from "./buffer";
import { Cbor } from "./cbor/reader";
import { CborWriter } from "./cbor/writer";
import { duration } from "./duration";
import * as host from "./host";
import { input } from "./input";
import { Json } from "./json/reader";
import { JsonWriter } from "./json/writer";
import { SenMLWriter } from "./senml";

/** Delivery of a published message. Combine with `|`: `QOS1 | RETAIN`. */
export const QOS0 = 0;
export const QOS1 = 1;
export const QOS2 = 2;
export const RETAIN = 4;

const name = new Buffer(128);
const body = new Buffer(1024);

/** The runtime calls this between inputs. */
export function trimEffects(): void {
  body.trim();
}

function utf8Into(buffer: Buffer, text: string): void {
  buffer.length = 0;
  buffer.text(text);
}

/**
 * Sends `payload` to `topic` once the batch is committed. The payload is a string, `Uint8Array`, `Bytes`, `JsonWriter`,
 * `CborWriter`, `SenMLWriter`, `Json` or `Cbor`. `flags`: QOS0 (default), QOS1, QOS2, RETAIN.
 */
export function publish<T>(topic: string, payload: T, flags: i32 = 0): void {
  utf8Into(name, topic);
  if (isString<T>()) {
    utf8Into(body, changetype<string>(payload));
    send(body.pointer, body.length, flags);
  } else if (payload instanceof Bytes) send(payload.pointer, payload.length, flags);
  else if (payload instanceof Uint8Array) send(payload.dataStart, payload.length, flags);
  else if (payload instanceof JsonWriter) send(payload.pointer, payload.length, flags);
  else if (payload instanceof CborWriter) send(payload.pointer, payload.length, flags);
  else if (payload instanceof SenMLWriter) send(payload.json.pointer, payload.json.length, flags);
  else if (payload instanceof Json) send(payload.pointer, payload.byteLength, flags);
  else if (payload instanceof Cbor) send(payload.pointer, payload.byteLength, flags);
  else ERROR("publish() takes a string, Uint8Array, Bytes, JsonWriter, CborWriter, SenMLWriter, Json or Cbor");
}

function send(from: usize, length: i32, flags: i32): void {
  host.publish(name.pointer, name.length, from, length, flags);
}

/**
 * Sets the durable timer `timer`: the handler with `@timer` of that name runs after `after` (ms, or a text such as "5m"),
 * restarts or not. Setting it again replaces it. A handler may take many timers: `@timer("off/+")` takes
 * "off/kitchen" and "off/hall", and `message.level(1)` tells them apart. The text `note` comes back as the message's payload.
 */
export function startTimer<T>(timer: string, after: T, note: string = ""): void {
  let ms: i64 = 0;
  if (isString<T>()) ms = duration(changetype<string>(after));
  else if (isInteger<T>()) ms = <i64>after;
  else if (isFloat<T>()) ms = <i64>after;
  else ERROR("startTimer() takes a duration: ms, or a text such as \"5m\"");
  utf8Into(name, timer);
  utf8Into(body, note);
  host.timerSet(name.pointer, name.length, input.time + max<i64>(ms, 0), body.pointer, body.length);
}

/** Cancels the timer; nothing happens when it is not set. */
export function cancelTimer(timer: string): void {
  utf8Into(name, timer);
  host.timerCancel(name.pointer, name.length);
}

/**
 * Says that this message cannot be handled: what the handler did is undone and the message goes to the dead letters
 * without a retry. Return after calling it.
 */
export function reject(why: string): void {
  input.rejection = why;
}

function line(level: i32, text: string): void {
  utf8Into(body, text);
  host.log(level, body.pointer, body.length);
}

export namespace log {
  export function debug(text: string): void {
    line(0, text);
  }
  export function info(text: string): void {
    line(1, text);
  }
  export function warn(text: string): void {
    line(2, text);
  }
  export function error(text: string): void {
    line(3, text);
  }
}
