import type { DeployReport } from "../../contract/deploy.ts";
import { type ErrorCode, errorRow, StepppsError } from "../../contract/errors/index.ts";
import { MODEL_CONTENT_TYPE, type ModelStatus } from "../../contract/model.ts";
import { type DeployOptions, PLUGIN_CONTENT_TYPE } from "../../contract/transfer.ts";
import { artefactId } from "../../transfer/offer.ts";
import { type Sent, sendArtefact } from "../../transfer/send.ts";
import { type Address, connectDevice } from "./client.ts";
import { openLink } from "./link.ts";
import type { SentEnvelopes } from "./sent.ts";

export interface DeployRequest {
  readonly envelope: Uint8Array;
  /** What the envelope holds; a plugin where absent. */
  readonly type?: string;
  readonly options: DeployOptions;
  /** Until its gate has decided, or a person; otherwise until it is at work, waits, or is refused. */
  readonly wait: boolean;
  /** Says yes to what it asks for. */
  readonly approve: boolean;
}

export interface DeployPorts {
  readonly address: Address;
  /** What was sent before, to send only what differs. */
  readonly sent?: SentEnvelopes;
  readonly signal?: AbortSignal;
  /** Each report but the last one. */
  onReport(report: DeployReport): void;
  onProgress(sent: number, total: number): void;
}

export interface Deployed {
  readonly report: DeployReport;
  readonly transfer: Sent;
}

/** ms that a connection may take to be made: on a poor link its first packets are lost, too. */
const CONNECT_MILLIS = 30_000;
/** The network says no: waiting longer changes nothing. */
const FINAL = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/** Sends an envelope and waits for what becomes of it. Rejects with the device's refusal, E_TRANSFER_* and E_CLI_UNREACHABLE. */
export async function deployEnvelope(request: DeployRequest, ports: DeployPorts): Promise<Deployed> {
  const { address, sent, signal, onReport, onProgress } = ports;
  const { envelope, type = PLUGIN_CONTENT_TYPE, options, wait, approve } = request;
  const { broker, device, timeout } = address;
  let last: DeployReport | undefined;
  let connected = false;
  let approved: Promise<unknown> | undefined;
  const artefact = { id: artefactId(envelope), type, bytes: envelope, options };
  const transfer = await sendArtefact(artefact, {
    device,
    patience: timeout,
    bases: sent?.like(envelope) ?? [],
    progress: onProgress,
    ...(signal && { signal }),
    async connect(topics, take) {
      try {
        const link = await openLink({ broker, timeout: CONNECT_MILLIS }, topics, take);
        connected = true;
        return link;
      } catch (cause) {
        const { code = "", message } = cause as NodeJS.ErrnoException;
        if (connected || !FINAL.has(code)) throw cause;
        throw new StepppsError("E_CLI_UNREACHABLE", `${broker}: ${message || code}`, { cause });
      }
    },
    lookUp: () => lookUp(address, artefact).catch(() => undefined),
    reported(report) {
      last = report;
      if (report.outcome === "waiting" && approve) {
        approved ??= askToApprove(address, report.id);
        // Where it may not, the report that it waits is the last one.
        approved.catch(() => {});
        return false;
      }
      if (isOver(report, wait)) return true;
      onReport(report);
      return false;
    },
  });
  const report = last as DeployReport;
  if (report.error) throw refusal(report);
  sent?.add(envelope);
  return { report, transfer };
}

function isOver({ outcome }: DeployReport, wait: boolean): boolean {
  if (outcome === "running") return false;
  return !wait || (outcome !== "waiting" && outcome !== "probation");
}

async function lookUp(
  address: Address,
  { id, type }: { readonly id: string; readonly type: string },
): Promise<DeployReport | undefined> {
  const client = await connectDevice(address);
  try {
    if (type === MODEL_CONTENT_TYPE) {
      const models = (await client.ask("model-status")) as readonly ModelStatus[];
      const model = models.find(({ file, state }) => file === `${id}.model` && state === "ready");
      return model && { id, step: "swap", outcome: "done", ok: true, version: model.version ?? "", time: Date.now(), millis: 0 };
    }
    const deploys = (await client.ask("deploys", { limit: 50 })) as readonly DeployReport[];
    return deploys.find((deploy) => deploy.id === id);
  } finally {
    await client.close();
  }
}

async function askToApprove(address: Address, deploy: string): Promise<void> {
  const client = await connectDevice(address);
  try {
    await client.ask("approve", { deploy });
  } finally {
    await client.close();
  }
}

function refusal({ error }: DeployReport): StepppsError {
  const { code = "", what = "", detail = "" } = error ?? {};
  if (errorRow(code)) return new StepppsError(code as ErrorCode, detail);
  return new StepppsError("E_CLI_DEVICE", [code, what, detail].filter(Boolean).join(": "));
}
