import { GOOD, type Kind } from "../../faults/storm/kinds.ts";

/** Traps at inputs with its mark. */
export const BAD: Kind = { name: "bad", good: false, weight: 0, does: 51, ends: /^/ };
/** May say what the others may not. */
export const ASKING: Kind = {
  ...GOOD,
  manifest: (manifest) => {
    const publish = [...manifest.capabilities.publish, `more/${manifest.version}`];
    return { ...manifest, capabilities: { ...manifest.capabilities, publish } };
  },
};
