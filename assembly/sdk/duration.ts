/** A span of time in ms. Write it as `duration("3m")`. */
export type Duration = i64;

/** ms of a duration such as "500ms", "5s", "1.5h" or "7d"; stops the plugin when the text is none. */
export function duration(text: string): Duration {
  let at = 0;
  let count: i64 = 0;
  let scale: i64 = 1;
  let afterPoint = false;
  for (; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit >= 0 && digit <= 9 && scale < 1_000_000) {
      count = count * 10 + digit;
      if (afterPoint) scale *= 10;
    } else if (digit == -2 && !afterPoint) afterPoint = true;
    else break;
  }
  const unit = unitMs(text.substring(at));
  if (at == 0 || unit == 0) throw new Error(`"${text}" is not a duration: write 500ms, 5s, 2m, 1h or 7d`);
  return (count * unit + scale / 2) / scale;
}

function unitMs(unit: string): i64 {
  if (unit == "ms") return 1;
  if (unit == "s") return 1000;
  if (unit == "m") return 60_000;
  if (unit == "h") return 3_600_000;
  if (unit == "d") return 86_400_000;
  return 0;
}
