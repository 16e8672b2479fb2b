import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { deployEnvelope } from "../../../runtime/cli/device/deploy.ts";
import { trustOwner } from "../../../runtime/cli/device/owners.ts";
import { SentEnvelopes } from "../../../runtime/cli/device/sent.ts";
import type { DeviceDocument } from "../../../runtime/contract/index.ts";
import { NODE_FLAGS } from "../../../runtime/platform/index.ts";
import type { PublicKey } from "../../../runtime/trust/index.ts";
import { Program } from "../program.ts";
import type { RelayPackages, RelayVariant } from "../relay/package.ts";
import { awaitRelay } from "../relay/probe.ts";
import type { Contestant } from "./contestant.ts";
import { startMosquitto } from "./mosquitto.ts";

export const COMMAND = fileURLToPath(new URL("../../../runtime/cli/steppps.mjs", import.meta.url));
const SOURCES = fileURLToPath(new URL("../../../runtime/cli/steppps.ts", import.meta.url));
const DEPLOY_MS = 30_000;

export interface SupervisorOptions {
  /** Its data directory. */
  readonly data: string;
  /** Whose plugins it runs. */
  readonly packages: { readonly owner: PublicKey };
  readonly document: DeviceDocument;
  /** Any free one where absent. */
  readonly mqttPort?: number;
  /** For node itself, such as --cpu-prof. */
  readonly nodeArgs?: readonly string[];
  /** From its sources rather than bundled, where `nodeArgs` change one of its modules. */
  readonly sources?: boolean;
}

/** Our supervisor, started as people do. */
export class SupervisorProcess implements AsyncDisposable {
  readonly #program: Program;
  readonly port: number;
  readonly mqttUrl: string;
  readonly webUrl: string;
  readonly #device: string;
  readonly #data: string;

  private constructor(program: Program, data: string, found: { device: string; mqttUrl: string; webUrl: string }) {
    this.#data = data;
    this.#program = program;
    this.mqttUrl = found.mqttUrl;
    this.webUrl = found.webUrl;
    this.port = Number(new URL(found.mqttUrl).port);
    this.#device = found.device;
  }

  /** Throws when it has ended. */
  get pid(): number {
    this.#program.checkAlive();
    return this.#program.pid;
  }

  static async start(options: SupervisorOptions): Promise<SupervisorProcess> {
    prepareData(options);
    const program = await startProgram(options, (line) => line.startsWith("{"));
    return new SupervisorProcess(program, options.data, JSON.parse(program.greeting));
  }

  /** Deploys, over MQTT, one plugin after the other. */
  async deploy(packages: RelayPackages, variants: readonly RelayVariant[]): Promise<void> {
    const address = { broker: this.mqttUrl, device: this.#device, timeout: DEPLOY_MS };
    const ports = { address, sent: new SentEnvelopes(join(this.#data, "sent")), onReport() {}, onProgress() {} };
    for (const variant of variants) {
      await deployEnvelope({ envelope: packages.sign(variant), options: {}, wait: false, approve: false }, ports);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#program[Symbol.asyncDispose]();
  }
}

/** Writes the document, and makes the supervisor run what the benchmark signs. */
export function prepareData({ data, packages, document }: SupervisorOptions): void {
  trustOwner(data, packages.owner);
  writeFileSync(join(data, "steppps.yaml"), stringify(document));
}

/** Starts the command; `ready` where absent: as soon as the process is there. */
export function startProgram(
  { data, mqttPort = 0, nodeArgs = [], sources = false }: SupervisorOptions,
  ready?: (line: string) => boolean,
): Promise<Program> {
  const command = sources ? SOURCES : COMMAND;
  // As `npm start` has it
  const args = [
    ...NODE_FLAGS,
    ...nodeArgs,
    command,
    "start",
    "--data",
    data,
    "--mqtt-port",
    String(mqttPort),
    "--no-examples",
    "--json",
  ];
  return Program.start(process.execPath, { args, ...(ready && { ready }) });
}

export interface SupervisorContestant {
  readonly name: string;
  readonly packages: RelayPackages;
  readonly durability: RelayVariant["durability"];
  /** Through mosquitto in place of the broker inside. */
  readonly mosquitto: boolean;
  readonly nodeArgs?: readonly string[];
}

export function supervisorContestant({ name, packages, durability, mosquitto, nodeArgs = [] }: SupervisorContestant): Contestant {
  return {
    name,
    async start(folder, qos) {
      await using stack = new AsyncDisposableStack();
      const broker = mosquitto ? await startMosquitto(folder) : undefined;
      if (broker) stack.use(broker.program);
      const url = broker && `mqtt://127.0.0.1:${broker.port}`;
      const supervisor = await SupervisorProcess.start({
        data: join(folder, "data"),
        packages,
        document: { name: "bench", plugins: { relay: { config: { qos } } }, ...(url && { mqtt: { broker: url } }) },
        nodeArgs,
      });
      stack.use(supervisor);
      if (broker && supervisor.port !== broker.port)
        throw new Error(`the supervisor uses ${supervisor.mqttUrl} in place of ${url}`);
      await supervisor.deploy(packages, [{ name: "relay", filter: "bench/in", durability }]);
      await awaitRelay(supervisor.port, qos);
      const started = stack.move();
      return { port: supervisor.port, worker: supervisor.pid, [Symbol.asyncDispose]: () => started.disposeAsync() };
    },
  };
}
