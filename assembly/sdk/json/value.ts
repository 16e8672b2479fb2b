import { Buffer } from "../buffer";
import { Json } from "./reader";
import { writeInteger, writeNumber, writeString, writeUnsigned } from "./write";
import { JsonWriter } from "./writer";

/** Appends any value that JSON has: a number, bool, string, `Json` (copied as it stands), finished `JsonWriter` or array of those. */
export function writeValue<T>(to: Buffer, value: T): void {
  if (isBoolean<T>()) {
    const out = to.reserve(5);
    store<u32>(out, value ? 0x65757274 : 0x736c6166); // "true", "fals"
    if (!value) store<u8>(out, 0x65, 4);
    to.length += value ? 4 : 5;
  } else if (isInteger<T>()) {
    if (isSigned<T>()) writeInteger(to, <i64>value);
    else writeUnsigned(to, <u64>value);
  } else if (isFloat<T>()) {
    writeNumber(to, <f64>value);
  } else if (isString<T>()) {
    writeString(to, changetype<string>(value));
  } else if (isArray<T>()) {
    to.byte(0x5b);
    for (let i = 0; i < value.length; i++) {
      if (i > 0) to.byte(0x2c);
      writeValue(to, value[i]);
    }
    to.byte(0x5d);
  } else if (value instanceof Json) {
    if (value.byteLength > 0) to.append(value.pointer, value.byteLength);
    else to.text("null");
  } else if (value instanceof JsonWriter) {
    to.append(value.pointer, value.length);
  } else {
    ERROR("JSON takes a number, bool, string, Json, JsonWriter or an array of those");
  }
}
