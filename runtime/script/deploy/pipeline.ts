import { asStepppsError, StepppsError } from "../../contract/index.ts";
import type { Op } from "../../store/index.ts";
import type { AuthorisedPlugin, SignedPlugin } from "../../trust/index.ts";
import type { Book } from "./book.ts";
import { because, type Candidate, checkDocument, compiled } from "./candidate.ts";
import type { Deployment } from "./deployment.ts";
import type { DeployPorts } from "./ports.ts";
import type { Probations } from "./probations.ts";
import { STEPS } from "./steps.ts";
import type { Trials } from "./trials.ts";

/** Carries a deploy that is in the book through the steps up to the swap. */
export class Pipeline {
  readonly #ports: DeployPorts;
  readonly #book: Book;
  readonly #probations: Probations;

  readonly #trials: Trials;

  constructor(ports: DeployPorts, book: Book, probations: Probations, trials: Trials) {
    this.#trials = trials;
    this.#ports = ports;
    this.#book = book;
    this.#probations = probations;
  }

  /** In turn. Rejects only when the journal does; whatever is wrong with the version is how the deploy ended. */
  async run(deployment: Deployment, envelope: Uint8Array): Promise<Deployment> {
    let at: Deployment = { ...deployment, outcome: "running" };
    let candidate: Candidate | undefined;
    try {
      candidate = await this.#candidate(at, envelope);
      for (const { step, passed, run } of STEPS) {
        at = { ...candidate.deployment, step };
        const result = await run({ ...candidate, deployment: at }, this.#ports);
        if (result.kind === "wait") return await this.#book.close(at, { outcome: "waiting", asks: result.asks });
        candidate = result.candidate;
        // Where it stands is on disk before the step that may end the process.
        if (step === "approve") await this.#book.save(candidate.deployment);
        this.#ports.faults.pass(passed);
      }
      at = { ...candidate.deployment, step: "canary" };
      // One that has passed its trial comes here again, on its way to the swap.
      if (at.options.canary !== undefined && deployment.step !== "swap")
        return await this.#trials.begin({ ...candidate, deployment: at });
      at = { ...candidate.deployment, step: "swap" };
      return await this.#swap({ ...candidate, deployment: at });
    } catch (thrown) {
      candidate?.next?.guest.close();
      const error = asStepppsError(thrown, "E_DEPLOY_BROKEN");
      // The supervisor ends: it goes on with the next start.
      if (error.code === "E_PLUGIN_CLOSED") return at;
      return await this.#book.close(at, { outcome: "refused", error: because(error) });
    }
  }

  async #candidate(deployment: Deployment, envelope: Uint8Array): Promise<Candidate> {
    const { authority, host, settings } = this.#ports;
    const { plugin: name } = deployment;
    // It may have changed while the deploy waited for a person, or for a start.
    checkDocument(name, deployment.version, settings(name));
    const onTrial = this.#book.at(name, "probation");
    const verdict = this.#probations.verdict(name);
    // What is about to be taken back is no measure of the one that comes.
    if (onTrial && verdict.kind === "fail") await this.#probations.restore(onTrial, verdict.error);
    const trial = this.#trials.at(name);
    if (trial && trial.number !== deployment.number)
      await this.#trials.fail(trial, new StepppsError("E_DEPLOY_SUPERSEDED", deployment.version));
    const now = host.find(name)?.workflow.version;
    const previous = now?.manifest.version;
    const reconfigures = previous === deployment.version;
    const plugin = reconfigures ? reconfigured(authority.stored(envelope)) : await authority.plugin(envelope);
    const { previous: _, ...rest } = deployment;
    return {
      deployment: { ...rest, ...(previous !== undefined && { previous }) },
      envelope,
      plugin,
      reconfigures,
      ...(now && { now }),
    };
  }

  async #swap(candidate: Candidate): Promise<Deployment> {
    const { authority, host, limits, clock } = this.#ports;
    const { deployment, envelope, plugin, now, reconfigures } = candidate;
    const { plugin: name, version, id } = deployment;
    const next = compiled(candidate);
    // While inputs are handled again for one version, nothing can be kept for a rollback from another.
    if (now) await this.#trials.settled(host.workflow(name));
    const onTrial = this.#book.at(name, "probation");
    const gate = now !== undefined && limits.gateMillis() > 0;
    const superseded =
      onTrial &&
      this.#book.turn(onTrial, { outcome: "refused", error: because(new StepppsError("E_DEPLOY_SUPERSEDED", version)) });
    const taken = this.#book.turn(deployment, gate ? { step: "gate", outcome: "probation" } : { outcome: "done" });
    const surplus = await host.versions.surplus(name, [now?.manifest.version, host.find(name)?.previousVersion, version]);
    const ops = (): Op[] => [
      // Asked at the last moment: a key that was taken away while the version was tried signs no more.
      ...(reconfigures ? [] : authority.accept(plugin)),
      ["version.add", name, version, id, clock.now(), envelope],
      ...surplus,
      ...(superseded?.ops ?? []),
      ...taken.ops,
    ];
    if (now) await host.swap(next, { ops, gate, mayReturn: true });
    else await host.install(next, ops());
    if (superseded) this.#book.told(superseded.deployment);
    if (gate) this.#probations.watch(taken.deployment);
    else this.#probations.forget(name);
    return this.#book.told(taken.deployment);
  }
}

/** It is at work: its signer was judged then, and other settings are the document's to give. */
function reconfigured(plugin: SignedPlugin): AuthorisedPlugin {
  return { ...plugin, permits() {}, mayGrow: () => true };
}
