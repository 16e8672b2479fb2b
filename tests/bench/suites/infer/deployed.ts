import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { readModelFolder } from "../../../../assembly/models/folder.ts";
import { ModelFiles } from "../../../../runtime/boot/model-files.ts";
import { DeviceModels } from "../../../../runtime/boot/models.ts";
import { encodeModelFile } from "../../../../runtime/inference/model-file.ts";
import { Models } from "../../../../runtime/inference/models.ts";
import { linuxFiles, systemClock } from "../../../../runtime/platform/index.ts";
import { generateKeys, openModel, signModel } from "../../../../runtime/trust/index.ts";
import { openNative } from "../../infer/native.ts";
import { quantile } from "../../quantile.ts";
import type { Suite } from "../../suite.ts";

const FOLDER = new URL("../../../../assembly/models/telemetry/", import.meta.url).pathname;
const DEPLOYS = 20;
const OWNERS = 4;
const DEADLINE_MS = 5_000;

const NAMES = {
  lost: "deployed: requests without a result",
  gap: "deployed: longest time without a result, p50 of the deploys",
  took: "deployed: from the file to the model's place, p50",
} as const;

export const deployed: Suite = {
  name: "deployed",
  about:
    `The telemetry model is deployed in ${DEPLOYS} versions, each verified, written, loaded and proved by its golden vectors, while ${OWNERS} owners ` +
    "without a pause ask the one at work.",
  expects: [
    { name: NAMES.lost, unit: "", bound: "<= 0" },
    { name: NAMES.gap, unit: "ms", bound: "<= 20" },
    { name: NAMES.took, unit: "ms", bound: null },
  ],
  async run({ folder, quick, quiet, results }) {
    const place = mkdtempSync(join(folder, "models-"));
    await using native = await openNative();
    const open = async () => ({ name: "native-cpu" as const, provider: native.provider, detail: native.detail });
    const models = new Models({ clock: systemClock(), providers: [{ name: "native-cpu", open }] });
    const keys = generateKeys();
    const device = new DeviceModels({
      files: new ModelFiles(place, linuxFiles()),
      authority: {
        model: async (envelope) => openModel(envelope, [keys.public]),
        storedModel: (envelope) => openModel(envelope, [keys.public]),
        raiseModel: async () => {},
      },
      models,
      events: { emit: () => {} },
      version: "1.0.0",
      memoryBytes: 2 ** 30,
    });
    const { manifest, onnx } = readModelFolder(FOLDER);
    const deploy = async (at: number) => {
      const file = encodeModelFile({ envelope: signModel({ ...manifest, version: `1.${at}.0` }, keys), onnx });
      const began = performance.now();
      await device.deploy(at.toString(16).padStart(64, "0"), file);
      return performance.now() - began;
    };
    try {
      await device.begin();
      await deploy(0);
      const row = { dtype: "float32" as const, dims: [1, 12], bytes: new Uint8Array(48) };
      let next = 1;
      await quiet.watch(async () => {
        let running = true;
        let lost = 0;
        let answered = performance.now();
        let gap = 0;
        const ask = async (owner: string) => {
          while (running) {
            await models.infer({ model: "telemetry", inputs: [row], deadline: DEADLINE_MS, owner }).catch(() => lost++);
            gap = Math.max(gap, performance.now() - answered);
            answered = performance.now();
            await turn(); // the event loop has other work, too
          }
        };
        const load = Array.from({ length: OWNERS }, (_, owner) => ask(`owner ${owner}`));
        const gaps: number[] = [];
        const took: number[] = [];
        for (let count = quick ? 3 : DEPLOYS; count > 0; count--) {
          gap = 0;
          took.push(await deploy(next++));
          gaps.push(gap);
        }
        running = false;
        await Promise.all(load);
        results.record(NAMES.lost, lost);
        results.record(NAMES.gap, quantile(gaps, 0.5));
        results.record(NAMES.took, quantile(took, 0.5));
      });
    } finally {
      await device.close();
      rmSync(place, { recursive: true });
    }
  },
};
