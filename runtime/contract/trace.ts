/**
 * W3C Trace Context, section 3.2: `traceparent`, as it travels in an MQTT 5 user property of that name.
 *
 *   00-<trace id: 32 hex>-<parent id: 16 hex>-<flags: 2 hex>       neither id may be all zeros
 */
const FORM = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

export const TRACE_PROPERTY = "traceparent";
/** Bytes of a `traceparent`: all there are of version 00, and all that is read of later ones. */
export const TRACE_BYTES = 55;

/** `text` where it is a `traceparent`, in version 00; undefined where it is none: a wrong one is as good as none (section 3.2.2.3). */
export function parseTrace(text: string): string | undefined {
  if (text.length < TRACE_BYTES || (text.length > TRACE_BYTES && (text.startsWith("00") || text[TRACE_BYTES] !== "-")))
    return undefined;
  const head = text.slice(0, TRACE_BYTES);
  if (!FORM.test(head)) return undefined;
  return head.startsWith("00") ? head : `00${head.slice(2)}`;
}

/** Where its ids lie in a `traceparent`, in bytes. */
const TRACE_ID = { from: 3, to: 35 } as const;
const PARENT_ID = { from: 36, to: 52 } as const;

/** Whether a `traceparent` of version 00 lies at `at`: what parseTrace says of its text, for bytes that come with every message. */
export function isTrace(bytes: Uint8Array, at: number): boolean {
  for (const i of DASHES) if (bytes[at + i] !== 0x2d) return false;
  return (
    bytes[at] === ZERO &&
    bytes[at + 1] === ZERO &&
    isId(bytes, at, TRACE_ID) &&
    isId(bytes, at, PARENT_ID) &&
    isHex(bytes, at, 53, 55)
  );
}

function isId(bytes: Uint8Array, at: number, { from, to }: typeof TRACE_ID | typeof PARENT_ID): boolean {
  let i = at + from;
  while (i < at + to && bytes[i] === ZERO) i++;
  return i < at + to && isHex(bytes, i, 0, at + to - i);
}

function isHex(bytes: Uint8Array, at: number, from: number, to: number): boolean {
  for (let i = at + from; i < at + to; i++) if (IS_HEX[bytes[i] as number] !== 1) return false;
  return true;
}

/**
 * Gives the `traceparent` at `at` in `bytes` a parent id of its own, as all that is sent onward has (section 3.2.2.4). In place, by
 * table, and only its second half, never zero: it is done for every message of a trace, whose ids have to differ, not to be secret.
 */
export function renewParentId(bytes: Uint8Array, at: number): void {
  let bits = (Math.random() * 2 ** 32) | 1;
  for (let i = at + PARENT_ID.from + 8; i < at + PARENT_ID.to; i++) {
    bytes[i] = HEX[bits & 0xf] as number;
    bits >>>= 4;
  }
}

/** The trace id in `trace`: what all of one trace have in common. */
export function traceId(trace: string): string {
  return trace.slice(3, 35);
}

const HEX = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
const IS_HEX = Uint8Array.from({ length: 256 }, (_, byte) => (HEX.includes(byte) ? 1 : 0));
const ZERO = 0x30;
const DASHES = [2, 35, 52] as const;
