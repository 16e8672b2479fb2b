import { totalmem } from "node:os";
import { asStepppsError, controlTopic, type DeployReport, utf8 } from "../contract/index.ts";
import { type Bus, type RpcFunction, textArgument } from "../mqtt/index.ts";
import { type Clock, linuxFiles } from "../platform/index.ts";
import type { DataDirectory } from "./data-paths.ts";
import { ModelFiles } from "./model-files.ts";
import { DeviceModels, type ModelPorts } from "./models.ts";

export interface ModelControlPorts extends Omit<ModelPorts, "files" | "memoryBytes"> {
  readonly device: string;
  readonly data: Pick<DataDirectory, "models">;
  readonly bus: Pick<Bus, "publish">;
  readonly clock: Clock;
}

/** Of the machine's memory, for what the models state together; each is held to what it states when it is loaded. */
const MEMORY_SHARE = 0.25;

/** How models are brought and looked after over MQTT. */
export interface ModelControl {
  readonly methods: Readonly<Record<"model-status" | "model-rollback" | "model-remove", RpcFunction>>;
  /** An artefact that came whole; what became of it is told where deploys are. Never rejects. */
  take(id: string, bytes: Uint8Array): Promise<void>;
  /** Loads what is there. Never rejects. */
  begin(): Promise<void>;
  close(): Promise<void>;
}

export function openDeviceModels({ device, data, bus, clock, ...ports }: ModelControlPorts): ModelControl {
  const models = new DeviceModels({
    ...ports,
    files: new ModelFiles(data.models, linuxFiles()),
    memoryBytes: totalmem() * MEMORY_SHARE,
  });
  const report = (fields: Omit<DeployReport, "time">) => {
    const payload = utf8(JSON.stringify({ ...fields, time: clock.now() } satisfies DeployReport));
    // Whoever missed it finds the model among those of the device, or not.
    bus.publish({ topic: controlTopic.deployed(device), payload, qos: 1, retain: false }).catch(() => {});
  };
  return {
    begin: () => models.begin(),
    close: () => models.close(),
    methods: {
      "model-status": () => models.status,
      "model-rollback": (args) => models.rollback(textArgument(args, "model")),
      async "model-remove"(args) {
        await models.remove(textArgument(args, "model"));
        return null;
      },
    },
    async take(id, bytes) {
      const began = clock.monotonic();
      const millis = () => Math.round(clock.monotonic() - began);
      report({ id, step: "verify", outcome: "running", ok: false, millis: 0 });
      try {
        const { version = "" } = await models.deploy(id, bytes);
        report({ id, step: "swap", outcome: "done", ok: true, version, millis: millis() });
      } catch (thrown) {
        const error = asStepppsError(thrown, "E_MODEL");
        models.refused(id, error);
        const { code, what, detail, fix } = error.toJSON();
        report({ id, step: "verify", outcome: "refused", ok: false, error: { code, what, detail, fix }, millis: millis() });
      }
    },
  };
}
