import { StepppsError } from "../../contract/index.ts";
import type { Op } from "../../store/index.ts";
import type { Book } from "./book.ts";
import type { DeployPorts } from "./ports.ts";
import type { Probations } from "./probations.ts";
import type { Trials } from "./trials.ts";

interface AtWork {
  readonly plugin: string;
  readonly version: string;
}

/** Goes back to versions that were here, because a person, the document or a plugin that only fails asks for it. */
export class Rollbacks {
  readonly #ports: DeployPorts;
  readonly #book: Book;
  readonly #probations: Probations;
  readonly #trials: Trials;

  constructor(ports: DeployPorts, book: Book, probations: Probations, trials: Trials) {
    this.#ports = ports;
    this.#book = book;
    this.#probations = probations;
    this.#trials = trials;
  }

  /**
   * In turn. Ends a trial; or takes back the version on probation, with its state; or goes to the version before, with the state as
   * it is; the version that is left is not taken again but from a person. `mayReturn`: whether it is then the one to go back to.
   * Throws E_PLUGIN_UNKNOWN, E_PLUGIN_NO_PREVIOUS.
   */
  async back(plugin: string, mayReturn: boolean): Promise<AtWork> {
    const { host } = this.#ports;
    const { version } = host.workflow(plugin).version.manifest;
    const trial = this.#trials.at(plugin);
    if (trial) {
      await this.#trials.fail(trial, new StepppsError("E_GATE_ROLLBACK", `it had ${trial.options.canary} percent`));
      return { plugin, version };
    }
    const onTrial = this.#book.at(plugin, "probation");
    if (onTrial) {
      await this.#probations.restore(onTrial, new StepppsError("E_GATE_ROLLBACK", `from ${version}`));
      return { plugin, version: host.workflow(plugin).version.manifest.version };
    }
    const previous = host.find(plugin)?.previousVersion;
    if (!previous) throw new StepppsError("E_PLUGIN_NO_PREVIOUS", plugin);
    // Sent again, by whoever kept it, it would be at work again.
    const left: Op = ["deploy.reject", plugin, version, "E_GATE_ROLLBACK", `from ${version}`];
    return this.to(plugin, previous, { mayReturn, ops: [left] });
  }

  /** In turn. A version that was here goes on, with the state as it is. */
  async to(plugin: string, version: string, { mayReturn = true, ops = [] as readonly Op[] } = {}): Promise<AtWork> {
    const { host, emit } = this.#ports;
    const from = host.workflow(plugin).version.manifest.version;
    const wanted = new StepppsError("E_GATE_ROLLBACK", `${version} was asked for`);
    const trial = this.#trials.at(plugin);
    if (trial) await this.#trials.fail(trial, wanted);
    const onTrial = this.#book.at(plugin, "probation");
    if (onTrial) await this.#probations.restore(onTrial, wanted);
    if (host.workflow(plugin).version.manifest.version === version) return { plugin, version };
    const next = await host.versions.prepare(await host.versions.one(plugin, version), host.versions.wanted(plugin));
    await host.swap(next, { ops: () => ops, gate: false, mayReturn });
    emit({ kind: "plugin.rolled-back", level: "warn", plugin, text: `${plugin} went back from ${from} to ${version}` });
    return { plugin, version };
  }
}
