/** A payload in base64 as people can read it: its text where it is some, otherwise its bytes in hex. */
export function payloadText(base64: string): string {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what holds them is not text
    if (!/[\u0000-\u0008\u000e-\u001f]/.test(text)) return text;
  } catch {
    // Not text.
  }
  return [...bytes.subarray(0, 4096)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
