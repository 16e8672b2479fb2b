import { resolve } from "node:path";
import { dataPaths } from "../../boot/data-paths.ts";
import { loadDocument } from "../../boot/load-document.ts";
import { describeMachine } from "../../boot/support/machine.ts";
import { redactDeploy, redactDocument, redactEvent, redactStatus, secretsOf } from "../../boot/support/redact.ts";
import { writeBundle } from "../../boot/support/write-bundle.ts";
import type { DeployReport } from "../../contract/deploy.ts";
import { asStepppsError } from "../../contract/errors/index.ts";
import type { SystemEvent } from "../../contract/event.ts";
import type { SystemStatus } from "../../contract/status.ts";
import { linuxFiles } from "../../platform/index.ts";
import { openJournal } from "../../store/index.ts";
import type { Invocation } from "../command.ts";
import { connectDevice, type DeviceClient } from "../device/client.ts";
import { findRunning } from "../device/running.ts";
import { readVersion } from "../version.ts";

const README = `What a STEPPPS Edge device said of itself, for somebody who helps with it.

There are no messages, payloads, states, keys, passwords, user names or settings of plugins in it: what is in it is chosen
from a list (runtime/boot/support/redact.ts). Have a look before you send it all the same.
`;
const EVENTS = 1_000;

/** One file for whoever helps: what the device does and did, without anything that is secret. */
export async function run({ args, cwd, data, out }: Invocation) {
  const file = resolve(cwd, args[0] ?? "");
  const { document, fault } = await loadDocument(dataPaths(data), linuxFiles());
  const version = readVersion();
  const parts = {
    "README.txt": README,
    "about.json": { steppps: version, time: new Date().toISOString(), documentFault: fault?.code },
    "document.json": redactDocument(document),
    "machine.json": await describeMachine(data),
    ...(await fromDevice(data)),
  };
  const names = await writeBundle({ file, secrets: secretsOf(document), parts });
  out.result({ file, names }, () => `${file}\n${names.join("\n")}`);
  return undefined;
}

/** From the running supervisor; from its journal where none runs. A part that cannot be had is left out and named. */
async function fromDevice(data: string): Promise<Record<string, unknown>> {
  const missing: Record<string, string> = {};
  const part = async <T, R>(name: string, ask: () => Promise<T>, pick: (value: T) => R) => {
    try {
      return pick(await ask());
    } catch (error) {
      missing[name] = asStepppsError(error, "E_CLI_UNEXPECTED").code;
      return undefined;
    }
  };
  const device = await part(
    "device",
    () => connect(data),
    (client) => client,
  );
  const events = (rows: readonly SystemEvent[]) => rows.map(redactEvent);
  const parts = !device
    ? { "events.jsonl": await part("events", () => storedEvents(data), events) }
    : {
        "status.json": await part("status", () => device.ask("status") as Promise<SystemStatus>, redactStatus),
        "events.jsonl": await part("events", () => device.ask("events", { limit: EVENTS }) as Promise<SystemEvent[]>, events),
        "deploys.jsonl": await part(
          "deploys",
          () => device.ask("deploys", {}) as Promise<DeployReport[]>,
          (rows) => rows.map(redactDeploy),
        ),
        "metrics.txt": await part("metrics", () => device.ask("metrics") as Promise<string>, String),
        "start.json": await part(
          "support",
          () => device.ask("support"),
          (value) => value,
        ),
      };
  await device?.close();
  return { ...parts, "missing.json": missing };
}

function connect(data: string): Promise<DeviceClient> {
  const running = findRunning(data);
  return connectDevice({ broker: running.mqttUrl, device: running.device, timeout: 10_000 });
}

async function storedEvents(data: string): Promise<SystemEvent[]> {
  const journal = await openJournal({ file: dataPaths(data).journal });
  try {
    return (await journal.read("event.last", EVENTS)) as SystemEvent[];
  } finally {
    await journal.close();
  }
}
