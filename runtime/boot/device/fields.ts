/** What YAML of somebody else's holds: any keys, any values. */
export type Fields = Readonly<Record<string, unknown>>;

/** A mapping; an empty one for anything else. */
export function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** A sequence; an empty one for anything else. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
