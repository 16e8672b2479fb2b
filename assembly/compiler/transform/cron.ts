const FIELDS = [
  { name: "minute", min: 0, max: 59, words: [] },
  { name: "hour", min: 0, max: 23, words: [] },
  { name: "day of month", min: 1, max: 31, words: ["l"] },
  { name: "month", min: 1, max: 12, words: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"] },
  { name: "day of week", min: 0, max: 7, words: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
] as const;

/** `expression` when it is a cron expression of five fields, or six with seconds in front; throws saying which field is wrong. */
export function checkCron(expression: string): string {
  const parts = expression.trim().toLowerCase().split(/\s+/);
  if (parts.length !== 5 && parts.length !== 6) throw new Error(`a cron expression has 5 or 6 fields, this has ${parts.length}`);
  const fields = parts.length === 6 ? [{ name: "second", min: 0, max: 59, words: [] }, ...FIELDS] : FIELDS;
  for (const [i, field] of fields.entries()) {
    const part = parts[i] as string;
    for (const item of part.split(",")) {
      if (!itemFits(item, field)) throw new Error(`"${item}" is not a ${field.name} (${field.min}-${field.max})`);
    }
  }
  return expression;
}

function itemFits(item: string, field: { min: number; max: number; words: readonly string[] }): boolean {
  const [range = "", step, ...rest] = item.split("/");
  if (rest.length > 0 || (step !== undefined && !/^[1-9]\d{0,3}$/.test(step))) return false;
  if (range === "*") return true;
  const ends = range.split("-");
  return (
    ends.length <= 2 &&
    ends.every((end) => field.words.includes(end) || (/^\d{1,2}$/.test(end) && +end >= field.min && +end <= field.max))
  );
}
