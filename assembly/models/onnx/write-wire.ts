import { concat, utf8 } from "../../../runtime/contract/index.ts";

/** Fields of Protocol Buffers as bytes; a message is the concatenation of its fields (protobuf.dev, "Encoding"). */
export function varintField(number: number, value: number | bigint): Uint8Array {
  return concat([varint(BigInt(number << 3)), varint(BigInt.asUintN(64, BigInt(value)))]);
}

export function bytesField(number: number, bytes: Uint8Array): Uint8Array {
  return concat([varint(BigInt((number << 3) | 2)), varint(BigInt(bytes.length)), bytes]);
}

export function textField(number: number, value: string): Uint8Array {
  return bytesField(number, utf8(value));
}

export function floatField(number: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return concat([varint(BigInt((number << 3) | 5)), bytes]);
}

export function messageField(number: number, fields: readonly Uint8Array[]): Uint8Array {
  return bytesField(number, concat(fields));
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
