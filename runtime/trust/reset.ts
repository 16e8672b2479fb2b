import type { Journal, Op } from "../store/index.ts";
import { ROLES } from "./metadata/schema.ts";

/**
 * Makes a device trust its owners again, and no root: what is left when a root's keys are lost. It takes access to the device's own
 * disk. Lowest versions stay, unless `floors`; so do commands that were given, which therefore can't be given again.
 */
export async function resetTrust(journal: Journal, { floors = false } = {}): Promise<void> {
  const rows = floors ? await journal.read("trust.floors") : [];
  const ops: Op[] = [
    ...ROLES.flatMap((role): Op[] => [
      ["trust.role.delete", role],
      ["trust.dropped.delete", role],
    ]),
    ["meta.set", "trust.time", "0"],
    ...rows.map(({ component }): Op => ["trust.floor.delete", component]),
  ];
  await journal.commit(ops);
}
