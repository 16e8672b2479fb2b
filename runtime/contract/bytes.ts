// The two globals that browsers, Node and workers share; `contract` knows no other host.
declare const TextEncoder: { new (): { encode(text?: string): Uint8Array<ArrayBuffer> } };
declare const TextDecoder: {
  new (label: string, options: { fatal: boolean; ignoreBOM: boolean }): { decode(bytes?: Uint8Array): string };
};

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 bytes of `text`. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text that `bytes` are the UTF-8 of; throws TypeError when they are not UTF-8. */
export function text(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** One array with the parts back to back. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
