import { StepppsError } from "../../contract/index.ts";

/**
 * Writes DER (ITU-T X.690), as far as certificates and signing requests need it; nothing is read here. @peculiar/x509 would do it
 * too: 20 packages, a polyfill that changes the global Reflect, 110 ms and 18 MB at the first start, measured, for two structures.
 */
export type Der = Uint8Array;

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

export const sequence = (...items: readonly Der[]): Der => wrap(TAG.sequence, Buffer.concat(items));
/** Of one item: several would have to be sorted. */
export const setOf = (item: Der): Der => wrap(TAG.set, item);
export const octets = (content: Uint8Array): Der => wrap(TAG.octets, content);
export const utf8String = (text: string): Der => wrap(TAG.utf8, Buffer.from(text, "utf8"));
export const boolean = (value: boolean): Der => wrap(TAG.boolean, Uint8Array.of(value ? 0xff : 0));
/** Whole bytes: no unused bits. */
export const bitString = (content: Uint8Array): Der => wrap(TAG.bits, Buffer.concat([Uint8Array.of(0), content]));
/** KeyUsage and the like: bit 0 is the first. Named bit lists end at their last one (X.690 11.2.2). */
export function namedBits(...bits: readonly number[]): Der {
  const last = Math.max(...bits);
  const bytes = new Uint8Array((last >> 3) + 1);
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] as number) | (0x80 >> (bit & 7));
  return wrap(TAG.bits, Buffer.concat([Uint8Array.of(7 - (last & 7)), bytes]));
}
/** [n] around an item (EXPLICIT), or in place of a constructed item's own tag. */
export const context = (number: number, content: Uint8Array): Der => wrap(0xa0 | number, content);
/** [n] in place of a primitive item's own tag (IMPLICIT). */
export const contextPrimitive = (number: number, content: Uint8Array): Der => wrap(0x80 | number, content);

/** A whole number that is not negative, from its bytes, most significant first. */
export function integer(bytes: Uint8Array): Der {
  let at = 0;
  while (at < bytes.length - 1 && bytes[at] === 0) at++;
  const short = bytes.subarray(at);
  const sign = (short[0] ?? 0) & 0x80 ? [0] : [];
  return wrap(TAG.integer, Buffer.concat([Uint8Array.from(sign), short]));
}

export function oid(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return wrap(TAG.oid, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** UTCTime until 2049, GeneralizedTime after (RFC 5280, 4.1.2.5). */
export function time(millis: number): Der {
  const date = new Date(millis);
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, "");
  return date.getUTCFullYear() < 2050
    ? wrap(TAG.utcTime, Buffer.from(digits.slice(2), "ascii"))
    : wrap(TAG.generalizedTime, Buffer.from(digits, "ascii"));
}

/** PEM (RFC 7468). */
export function pem(label: string, der: Der): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

function wrap(tag: number, content: Uint8Array): Der {
  return Buffer.concat([Uint8Array.of(tag), length(content.length), content]);
}

function length(bytes: number): Uint8Array {
  if (bytes < 0x80) return Uint8Array.of(bytes);
  if (bytes < 0x100) return Uint8Array.of(0x81, bytes);
  if (bytes < 0x10000) return Uint8Array.of(0x82, bytes >> 8, bytes & 0xff);
  throw new StepppsError("E_IDENTITY", "a certificate of more than 64 KB");
}

function base128(number: number): number[] {
  const groups = [number & 0x7f];
  for (let rest = number >> 7; rest > 0; rest >>= 7) groups.unshift((rest & 0x7f) | 0x80);
  return groups;
}
