/** Topic levels of a filter: what it costs in an index. */
export function levelsOf(filter: string): number {
  return filter.split("/").length;
}
