import { compareVersions, StepppsError } from "../contract/index.ts";
import type { Journal } from "../store/index.ts";

/** The lowest version of each component that may still come: nobody brings an old one with a fault that is known. */
export class Floors {
  readonly #journal: Pick<Journal, "commit" | "read">;

  constructor(journal: Pick<Journal, "commit" | "read">) {
    this.#journal = journal;
  }

  /** Throws E_TRUST_DOWNGRADE where `version` is lower, unless `may` says yes. `label`: what people call the component. */
  async check(component: string, version: string, label: string, may: () => boolean = () => false): Promise<void> {
    const floor = await this.#of(component);
    if (floor !== undefined && compareVersions(version, floor) < 0 && !may()) {
      throw new StepppsError("E_TRUST_DOWNGRADE", `${label} ${version}, and ${floor} was here`);
    }
  }

  /** From now on nothing lower than `version`. */
  async raise(component: string, version: string): Promise<void> {
    const floor = await this.#of(component);
    if (floor !== undefined && compareVersions(version, floor) <= 0) return;
    await this.#journal.commit([["trust.floor.set", component, version]]);
  }

  async #of(component: string): Promise<string | undefined> {
    const [row] = await this.#journal.read("trust.floor", component);
    return row?.version;
  }
}
