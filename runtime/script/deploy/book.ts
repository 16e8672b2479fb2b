import { asStepppsError, type DeployOutcome, type SystemEvent } from "../../contract/index.ts";
import type { Op } from "../../store/index.ts";
import { briefly, type Deployment, isOpen, putDeployment, readDeployment, reportOf } from "./deployment.ts";
import type { DeployPorts } from "./ports.ts";

type BookPorts = Pick<DeployPorts, "journal" | "clock" | "limits" | "emit" | "reported">;

/** Deploys that the journal knows; those that are not over are at hand. Whatever changes is told when it is on disk. */
export class Book {
  readonly #ports: BookPorts;
  readonly #open: Map<number, Deployment>;
  #next: number;

  private constructor(ports: BookPorts, open: readonly Deployment[], next: number) {
    this.#ports = ports;
    this.#open = new Map(open.map((deployment) => [deployment.number, deployment]));
    this.#next = next;
  }

  static async open(ports: BookPorts): Promise<Book> {
    const [last] = await ports.journal.read("deploy.last", 1);
    const rows = (await ports.journal.read("deploy.open")).map(readDeployment);
    // Taken back when the supervisor ends in order: what is left are the other ends.
    const open = rows.map((row) => ({ ...row, starts: row.starts + 1 }));
    if (open.length > 0) await ports.journal.commit(open.map(putDeployment));
    return new Book(ports, open, (last?.number ?? -1) + 1);
  }

  /** The supervisor ends in order. */
  async leave(): Promise<void> {
    const open = this.open.map((deployment) => putDeployment({ ...deployment, starts: deployment.starts - 1 }));
    if (open.length > 0) await this.#ports.journal.commit(open).catch(() => {});
  }

  /** Not over, oldest first. */
  get open(): Deployment[] {
    return [...this.#open.values()].sort((a, b) => a.number - b.number);
  }

  /** The plugin's deploy that is at `outcome`; there is at most one that waits, and one on probation. */
  at(plugin: string, outcome: DeployOutcome): Deployment | undefined {
    return this.open.find((deployment) => deployment.plugin === plugin && deployment.outcome === outcome);
  }

  /** Newest first. */
  async list(limit: number): Promise<Deployment[]> {
    return (await this.#ports.journal.read("deploy.last", limit)).map(readDeployment);
  }

  /** By the beginning of its id, newest first. */
  async find(id: string): Promise<Deployment[]> {
    return /^[0-9a-f]{4,64}$/.test(id) ? (await this.#ports.journal.read("deploy.find", id)).map(readDeployment) : [];
  }

  /** The last of a plugin's deploys of that content that was taken back. */
  async rejected(plugin: string, content: string): Promise<Deployment | undefined> {
    const [row] = await this.#ports.journal.read("deploy.rejected", plugin, content);
    return row && readDeployment(row);
  }

  async envelope({ number }: Deployment): Promise<Uint8Array | undefined> {
    const [row] = await this.#ports.journal.read("deploy.envelope", number);
    return row?.envelope;
  }

  /** Puts a new deploy down with its envelope, so that it goes on after whatever happens. */
  async begin(fields: Omit<Deployment, "number">, envelope: Uint8Array, also: readonly Op[]): Promise<Deployment> {
    const number = this.#next++;
    const deployment = { ...fields, number };
    const trim: Op = ["deploy.trim", number - this.#ports.limits.rows()];
    await this.#ports.journal.commit([putDeployment(deployment), ["deploy.keep", number, envelope.slice()], trim, ...also]);
    this.#open.set(number, deployment);
    return deployment;
  }

  /** It got further; nobody is told. */
  async save(deployment: Deployment): Promise<void> {
    await this.#ports.journal.commit([putDeployment(deployment)]);
    this.#open.set(deployment.number, deployment);
  }

  /** How it is from now on, with how long that took, and what to commit for it. */
  turn(deployment: Deployment, change: Partial<Deployment>): { deployment: Deployment; ops: Op[] } {
    const { clock } = this.#ports;
    const millis = Math.max(0, Math.round(clock.now() - deployment.time));
    const turned = { ...deployment, ...change, millis: change.millis ?? millis };
    const keeps = turned.outcome === "running" || turned.outcome === "waiting";
    return { deployment: turned, ops: [putDeployment(turned), ...(keeps ? [] : [["deploy.drop", turned.number] as const])] };
  }

  /** What `turn` said is on disk. */
  noted(deployment: Deployment): Deployment {
    if (isOpen(deployment)) this.#open.set(deployment.number, deployment);
    else this.#open.delete(deployment.number);
    return deployment;
  }

  /** `noted`, and others are told. */
  told(deployment: Deployment): Deployment {
    this.noted(deployment);
    const event = eventOf(deployment);
    if (event) this.#ports.emit(event);
    this.#ports.reported(briefly(reportOf(deployment)));
    return deployment;
  }

  /** `turn`, on disk, and `told`. On a full disk it is over all the same: its row goes, which frees space. */
  async close(deployment: Deployment, change: Partial<Deployment>): Promise<Deployment> {
    const { deployment: turned, ops } = this.turn(deployment, change);
    const { journal } = this.#ports;
    await journal.commit(ops).catch(async (error: unknown) => {
      if (asStepppsError(error, "E_STORE_IO").code !== "E_STORE_FULL") throw error;
      await journal.commit([
        ["deploy.drop", turned.number],
        ["deploy.forget", turned.number],
      ]);
    });
    return this.told(turned);
  }
}

function eventOf({ plugin, version, outcome, previous, error, asks }: Deployment): Omit<SystemEvent, "time"> | undefined {
  const what = `${plugin} ${version}`;
  const why = error && { code: error.code };
  const detail = error?.detail ? `: ${error.detail}` : "";
  switch (outcome) {
    case "waiting":
      return {
        kind: "deploy.waiting",
        level: "warn",
        plugin,
        text: `${what} waits to be approved: it asks to ${asks.join("; ")}`,
      };
    case "refused":
      return { kind: "deploy.refused", level: "error", plugin, ...why, text: `${what} was not taken${detail}` };
    case "probation":
      return { kind: "plugin.deployed", level: "info", plugin, text: `${what} is at work, and is watched` };
    case "done":
      return previous === undefined
        ? { kind: "plugin.deployed", level: "info", plugin, text: `${what} is at work` }
        : { kind: "plugin.settled", level: "info", plugin, text: `${what} is at work for good` };
    case "rolled-back":
      return {
        kind: "plugin.rolled-back",
        level: "warn",
        plugin,
        ...why,
        text: `${plugin} went back from ${version} to ${previous}${detail}`,
      };
    case "running":
      return undefined;
  }
}
