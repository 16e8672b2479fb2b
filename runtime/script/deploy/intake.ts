import { createHash } from "node:crypto";
import { asStepppsError, type DeployOptions, type DeployReport, StepppsError } from "../../contract/index.ts";
import type { AuthorisedPlugin } from "../../trust/index.ts";
import { contentId } from "../host/stored-versions.ts";
import type { Book } from "./book.ts";
import { checkDocument } from "./candidate.ts";
import { type Deployment, type DeploySource, reportOf } from "./deployment.ts";
import type { Pipeline } from "./pipeline.ts";
import type { DeployPorts } from "./ports.ts";
import type { Waiting } from "./waiting.ts";

/** For whom something is to be deployed, and how. */
export interface Wish {
  readonly source: DeploySource;
  readonly options: DeployOptions;
}

/** What comes in: who may deploy it, whether it is here already or was taken back before; then it has a row, and goes its way. */
export class Intake {
  readonly #ports: DeployPorts;
  readonly #book: Book;
  readonly #pipeline: Pipeline;
  readonly #waiting: Waiting;

  constructor(ports: DeployPorts, book: Book, pipeline: Pipeline, waiting: Waiting) {
    this.#ports = ports;
    this.#book = book;
    this.#pipeline = pipeline;
    this.#waiting = waiting;
  }

  /** In turn. What can't be trusted leaves no row: anybody may send such. */
  async run(envelope: Uint8Array, { source, options }: Wish): Promise<DeployReport> {
    const { authority, host, clock, faults } = this.#ports;
    const id = createHash("sha256").update(envelope).digest("hex");
    let plugin: AuthorisedPlugin;
    try {
      // After a rollback what is at work is lower than what was here: sent again, it is still at work.
      plugin = await authority.plugin(envelope, ({ name, version }) => this.#atWork(name) === version);
    } catch (thrown) {
      return this.refuse(id, asStepppsError(thrown, "E_PACKAGE"));
    }
    faults.pass("deploy:after-verify");
    const { name, version } = plugin.manifest;
    const content = contentId(plugin);
    const waits = this.#book.at(name, "waiting");
    if (waits?.content === content && source !== "person") return this.#tell(reportOf(waits));
    // Left by the last run: it goes on by itself, and would take its own place.
    const left = this.#book.open.find((one) => one.id === id && one.outcome === "running");
    if (left && host.find(name) && source !== "person") return this.#tell(reportOf(left));
    const stored = await host.versions.readable(name, version);
    const about = { id, plugin: name, version, step: "verify", time: clock.now(), millis: 0 } as const;
    if (stored && contentId(stored) !== content)
      return this.refuse(id, new StepppsError("E_PLUGIN_VERSION", `${name} ${version}`), about);
    if (stored && this.#atWork(name) === version) {
      const onTrial = this.#book.at(name, "probation");
      return this.#tell(onTrial ? reportOf(onTrial) : { ...about, outcome: "done", ok: true });
    }
    try {
      checkDocument(name, version, this.#ports.settings(name));
    } catch (thrown) {
      return this.refuse(id, asStepppsError(thrown, "E_DEPLOY_FIXED"), about);
    }
    const rejected = source === "person" ? undefined : await this.#book.rejected(name, content);
    if (rejected) return this.refuse(id, new StepppsError("E_DEPLOY_REJECTED", told(rejected)), about);
    await this.#waiting.supersede(name, version);
    const fields = { id, plugin: name, version, content, source, options, step: "verify", outcome: "running" } as const;
    const begun = { ...fields, asks: [], differences: [], time: clock.now(), millis: 0, starts: 0 };
    const deployment = await this.#book.begin(begun, envelope, []);
    const over = await this.#pipeline.run(deployment, envelope);
    if (over.outcome === "waiting") this.#waiting.watch();
    return reportOf(over);
  }

  /** In turn. The version at work with the document's settings, through the same steps. */
  async reconfigure(name: string): Promise<DeployReport> {
    const { host, clock } = this.#ports;
    const { version } = host.workflow(name).version.manifest;
    const stored = await host.versions.one(name, version);
    const settings = createHash("sha256")
      .update(JSON.stringify(host.versions.wanted(name)))
      .digest("hex");
    const content = `${contentId(stored)}+${settings}`;
    const about = { id: stored.id, plugin: name, version, step: "verify", time: clock.now(), millis: 0 } as const;
    const rejected = await this.#book.rejected(name, content);
    if (rejected) return this.refuse(stored.id, new StepppsError("E_DEPLOY_REJECTED", told(rejected)), about);
    const begun = { ...about, content, source: "document", options: {}, outcome: "running" } as const;
    const deployment = await this.#book.begin({ ...begun, asks: [], differences: [], starts: 0 }, stored.envelope, []);
    return reportOf(await this.#pipeline.run(deployment, stored.envelope));
  }

  /** Nobody is to hear of it but whoever waits, and the event log. */
  refuse(id: string, error: StepppsError, about: Partial<DeployReport> = {}): DeployReport {
    const { code, message: text } = error;
    const plugin = about.plugin === undefined ? {} : { plugin: about.plugin };
    this.#ports.emit({ kind: "plugin.refused", level: "error", code, text, ...plugin });
    const fields = { step: "verify", time: this.#ports.clock.now(), millis: 0, ...about, id } as const;
    return this.#tell({ ...fields, outcome: "refused", ok: false, error: error.toJSON() });
  }

  #atWork(name: string): string | undefined {
    return this.#ports.host.find(name)?.workflow.version.manifest.version;
  }

  #tell(report: DeployReport): DeployReport {
    this.#ports.reported(report);
    return report;
  }
}

function told({ version, error }: Deployment): string {
  return error ? `${version}, for ${error.code}: ${error.detail}` : version;
}
