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

/** What something that `trace` led to carries: the same trace id, and a parent id of its own. */
export function childTrace(trace: string): string {
  return `${trace.slice(0, 36)}${hex32(1)}${hex32(0)}${trace.slice(52)}`;
}

/** The trace id in `trace`: what all of one trace have in common. */
export function traceId(trace: string): string {
  return trace.slice(3, 35);
}

/** 32 random bits, no fewer than `least`: ids have to differ, not to be secret. By table: it is done for every output of a trace. */
function hex32(least: number): string {
  const bits = Math.max(least, Math.floor(Math.random() * 2 ** 32));
  return `${HEX[bits >>> 24]}${HEX[(bits >>> 16) & 0xff]}${HEX[(bits >>> 8) & 0xff]}${HEX[bits & 0xff]}`;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
