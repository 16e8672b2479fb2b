import type { WantedOption } from "./fragment.ts";

/** An option that the kernel's own rules dropped or changed. */
export interface ConfigFault extends WantedOption {
  /** What it is; "n" where it isn't set. */
  readonly is: string;
}

/** What of `wanted` a kernel's .config doesn't have as asked: another option that it depends on may be missing. */
export function configFaults(wanted: readonly WantedOption[], config: string): ConfigFault[] {
  const set = new Map([...config.matchAll(/^(CONFIG_\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]));
  return wanted.flatMap((option) => {
    const is = set.get(option.name) ?? "n";
    return is === option.value ? [] : [{ ...option, is }];
  });
}

/** Throws when there are any. */
export function requireConfig(wanted: readonly WantedOption[], config: string): void {
  const faults = configFaults(wanted, config);
  if (faults.length === 0) return;
  const lines = faults.map(({ name, value, is, feature, why }) => `  ${name} is ${is} and not ${value}: ${why} (${feature})`);
  throw new Error(`the kernel's rules don't give what kernel/configs asks for:\n${lines.join("\n")}`);
}
