/** A span of time in ms. Write it as `duration("3m")`. */
export type Duration = i64;

/** ms of a duration such as "500ms", "5s", "1.5h" or "7d"; stops the plugin when the text is none. */
export function duration(text: string): Duration {
  let digits = 0;
  while (digits < text.length && (isDigit(text.charCodeAt(digits)) || text.charCodeAt(digits) == 0x2e)) digits++;
  const unit = unitMs(text.substring(digits));
  const count = F64.parseFloat(text.substring(0, digits));
  if (digits == 0 || unit == 0 || isNaN(count)) throw new Error(`"${text}" is not a duration: write 500ms, 5s, 2m, 1h or 7d`);
  return <i64>Math.round(count * <f64>unit);
}

function isDigit(code: i32): bool {
  return code >= 0x30 && code <= 0x39;
}

function unitMs(unit: string): i64 {
  if (unit == "ms") return 1;
  if (unit == "s") return 1000;
  if (unit == "m") return 60_000;
  if (unit == "h") return 3_600_000;
  if (unit == "d") return 86_400_000;
  return 0;
}
