interface CronField {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** How many different values there are: the longest step. */
  readonly values: number;
  /** Names of values, the first standing for `min`. */
  readonly words: readonly string[];
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const SECOND: CronField = { name: "second", min: 0, max: 59, values: 60, words: [] };
const FIELDS: readonly CronField[] = [
  { name: "minute", min: 0, max: 59, values: 60, words: [] },
  { name: "hour", min: 0, max: 23, values: 24, words: [] },
  { name: "day of the month", min: 1, max: 31, values: 31, words: [] },
  { name: "month", min: 1, max: 12, values: 12, words: MONTHS },
  { name: "day of the week", min: 0, max: 7, values: 7, words: DAYS },
];

/** `expression` when it is a cron expression of five fields, or six with seconds in front; throws saying which field is wrong. */
export function checkCron(expression: string): string {
  const parts = expression.trim().toLowerCase().split(/\s+/);
  if (parts.length !== 5 && parts.length !== 6) throw new Error(`a cron expression has 5 or 6 fields, this has ${parts.length}`);
  const fields = parts.length === 6 ? [SECOND, ...FIELDS] : FIELDS;
  for (const [i, field] of fields.entries()) {
    for (const item of (parts[i] as string).split(",")) {
      if (!itemFits(item, field)) throw new Error(`"${item}" does not fit the ${field.name} (${field.min}-${field.max})`);
    }
  }
  return expression;
}

/** "*", "5", "mon-fri", and the first and last with a step: every so many of those. "l" is a month's last day. */
function itemFits(item: string, field: CronField): boolean {
  const [range = "", step, ...rest] = item.split("/");
  if (rest.length > 0 || (step !== undefined && !(/^\d{1,2}$/.test(step) && +step >= 1 && +step <= field.values))) return false;
  if (range === "*") return true;
  if (range === "l") return field.name === "day of the month" && step === undefined;
  const [from, to, ...more] = range.split("-").map((end) => numberOf(end, field));
  if (from === undefined || more.length > 0) return false;
  if (!range.includes("-")) return step === undefined;
  return to !== undefined && from <= to;
}

function numberOf(text: string, { min, max, words }: CronField): number | undefined {
  const word = words.indexOf(text);
  if (word >= 0) return min + word;
  return /^\d{1,2}$/.test(text) && +text >= min && +text <= max ? +text : undefined;
}
