import type { Suite } from "../suite.ts";
import { deploy } from "./deploy.ts";
import { durable } from "./durable.ts";
import { flat } from "./flat.ts";
import { idle } from "./idle.ts";
import { boot } from "./image/boot.ts";
import { live } from "./image/live.ts";
import { phases } from "./image/phases.ts";
import { powerCuts } from "./image/power-cuts.ts";
import { size } from "./image/size.ts";
import { transfer } from "./image/transfer.ts";
import { crossing } from "./infer/crossing.ts";
import { deployed } from "./infer/deployed.ts";
import { guard } from "./infer/guard.ts";
import { kills } from "./infer/kills.ts";
import { models } from "./infer/models.ts";
import { swap } from "./infer/swap.ts";
import { link } from "./link.ts";
import { mqtt } from "./mqtt.ts";
import { observe } from "./observe.ts";
import { replay } from "./replay.ts";
import { assembly, broker, store, wasmtime } from "./scripts.ts";
import { start } from "./start.ts";
import { storm } from "./storm.ts";
import { uplink } from "./uplink.ts";

/** What one command measures, in order, and the page that it writes from one run of all of it. */
export interface SuiteSet {
  readonly command: string;
  readonly title: string;
  /** From the root. */
  readonly page: string;
  readonly suites: readonly Suite[];
}

export const SETS: Readonly<Record<string, SuiteSet>> = {
  spine: {
    command: "npm run bench",
    title: "Figures",
    page: "docs/figures.md",
    suites: [wasmtime, assembly, store, broker, start, idle, durable, flat, mqtt],
  },
  deploy: {
    command: "npm run bench:deploy",
    title: "Figures: over the air, and living with it",
    page: "docs/figures-deploy.md",
    suites: [deploy, link, storm, uplink, replay, observe],
  },
  infer: {
    command: "npm run bench:infer",
    title: "Figures: inference",
    page: "docs/figures-infer.md",
    suites: [crossing, models, kills, swap, guard, deployed],
  },
  image: {
    command: "npm run bench:image",
    title: "Figures: the image",
    page: "docs/figures-image.md",
    suites: [size, boot, phases, live, transfer, powerCuts],
  },
};
