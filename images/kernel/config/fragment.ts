/** An option of the kernel's configuration, and what it is there for. */
export interface WantedOption {
  readonly feature: string;
  /** "CONFIG_…". */
  readonly name: string;
  /** As in a .config: y, n (not set), a number or a string in quotes. Never m: nothing loads drivers. */
  readonly value: string;
  readonly why: string;
}

const FEATURE = /^## (?<feature>[^:]+)(?:: .+)?$/;
const OPTION = /^(?<name>CONFIG_[A-Z0-9_]+)=(?<value>y|n|\d+|"[^"]*")\s+# (?<why>\S.*)$/;

/**
 * The options of a file in `kernel/configs`:
 *
 *     ## feature: what it is for
 *     CONFIG_NAME=y   # what would be missing without it
 *
 * Throws where a line is neither, nor a comment; an option is in no feature; or it has been named before.
 */
export function parseFragment(text: string): WantedOption[] {
  const options = new Map<string, WantedOption>();
  let feature: string | undefined;
  for (const [i, line] of text.split("\n").entries()) {
    const fail = (what: string) => new Error(`line ${i + 1} of a kernel configuration: ${what}: ${line}`);
    if (/^\s*$|^# /.test(line)) continue;
    const heading = FEATURE.exec(line)?.groups?.feature;
    if (heading !== undefined) {
      feature = heading;
      continue;
    }
    const { name, value, why } = OPTION.exec(line)?.groups ?? {};
    if (name === undefined || value === undefined || why === undefined)
      throw fail("neither an option with its reason nor a feature");
    if (feature === undefined) throw fail("it belongs to no feature");
    if (options.has(name)) throw fail("it has been named before");
    options.set(name, { feature, name, value, why });
  }
  return [...options.values()];
}

/** What `make allnoconfig` takes as KCONFIG_ALLCONFIG. Throws where two fragments name one option. */
export function allConfig(options: readonly WantedOption[]): string {
  const names = options.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`two kernel configurations name ${twice}`);
  return options.map(({ name, value }) => `${name}=${value}\n`).join("");
}
