/** A line of config.txt: a filter, a setting, or one without "=" as `initramfs` wants it [raspberrypi.com, config.txt]. */
export type ConfigLine =
  | { readonly filter: string }
  | { readonly set: string; readonly to: string | number }
  | { readonly word: string };

/** Writes config.txt. Its lines end at 98 characters for the firmware; longer ones throw. */
export function configTxt(lines: readonly ConfigLine[]): string {
  const LONGEST = 98;
  return lines
    .map((line) => ("filter" in line ? `[${line.filter}]` : "set" in line ? `${line.set}=${line.to}` : line.word))
    .map((line) => {
      if (line.length > LONGEST) throw new Error(`config.txt: the firmware would cut this line short: ${line}`);
      return `${line}\n`;
    })
    .join("");
}
