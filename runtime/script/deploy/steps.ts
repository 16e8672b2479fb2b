import { compareVersions, type DeployStep, describeAsk, type FaultPoint, type Manifest } from "../../contract/index.ts";
import { migrate } from "../plugin/migrate.ts";
import { describeVersion } from "../plugin/version.ts";
import { asksOf, type Rights } from "./asks.ts";
import { type Candidate, compiled, goOn, type StepResult } from "./candidate.ts";
import type { Deployment } from "./deployment.ts";
import type { DeployPorts } from "./ports.ts";
import { findRehearsal } from "./rehearsal.ts";
import { shadow } from "./shadow.ts";

/** One step on the way to the swap; until then the version at work goes on as if nothing were. */
export interface Step {
  readonly step: DeployStep;
  readonly passed: FaultPoint;
  run(candidate: Candidate, ports: DeployPorts): Promise<StepResult> | StepResult;
}

/** What a shadow run may cost: a deploy is to be at work within 400 ms. */
const SHADOW = { budgetMillis: 60, budgetInputs: 2_000, lines: 60 };
/** Inputs that it should have at least, where so many were recorded. */
const SHADOW_INPUTS = 500;
const NOTHING: Manifest["capabilities"] = { publish: [], timers: false, state: false };

/** The steps between the verified envelope and the swap, in order (contract/deploy.ts says what each is for). */
export const STEPS: readonly Step[] = [
  { step: "approve", passed: "deploy:after-approve", run: approve },
  { step: "compile", passed: "deploy:after-compile", run: compile },
  { step: "migrate", passed: "deploy:after-migrate", run: takeState },
  { step: "shadow", passed: "deploy:after-shadow", run: rehearse },
];

async function approve(candidate: Candidate, ports: DeployPorts): Promise<StepResult> {
  const { host } = ports;
  const { plugin, deployment, reconfigures } = candidate;
  const now = candidate.now ?? (await lastAtWork(plugin.manifest, ports));
  const next = describeVersion(plugin.manifest, host.versions.wanted(deployment.plugin));
  const subscribe = next.filters.map(({ filter }) => filter);
  plugin.permits({ publish: next.publishes, subscribe });
  // Settings are the document's, and with them the topics that they stand in: whoever wrote it there has approved it.
  const asks = reconfigures ? [] : asksOf(now, next);
  if (deployment.source === "sender" && (await wasRemoved(deployment, ports)))
    return { kind: "wait", asks: ["come back after it was removed", ...asks.map(describeAsk)] };
  if (asks.length === 0 || deployment.source === "person" || plugin.mayGrow(asks)) return goOn(candidate);
  return { kind: "wait", asks: asks.map(describeAsk) };
}

/** Whether a person removed the plugin, and nothing newer than what they knew is to come. */
async function wasRemoved({ plugin, version }: Deployment, { journal }: DeployPorts): Promise<boolean> {
  const [removal] = await journal.read("removal.one", plugin);
  return removal !== undefined && compareVersions(version, removal.version) <= 0;
}

/** What a plugin that could not be started might do: one that takes its place asks for no less. */
async function lastAtWork(next: Manifest, { host, journal }: DeployPorts): Promise<Rights | undefined> {
  const { name, limits } = next;
  const [row] = await journal.read("plugin.one", name);
  if (!row) return undefined;
  const manifest = (await host.versions.readable(name, row.version))?.manifest;
  // Nobody can say what it might do.
  if (!manifest) return { manifest: { ...next, capabilities: NOTHING }, limits, filters: [], publishes: [] };
  try {
    // With the same settings as the one that comes: those that it had may be what kept it from starting.
    return describeVersion(manifest, host.versions.wanted(name));
  } catch {
    return { manifest, limits: manifest.limits, filters: [], publishes: [] };
  }
}

async function compile(candidate: Candidate, { host }: DeployPorts): Promise<StepResult> {
  const given = host.versions.wanted(candidate.deployment.plugin);
  return goOn({ ...candidate, next: await host.versions.prepare(candidate.plugin, given) });
}

/** With a copy of the state: the swap does it again with the state of that moment. */
async function takeState(candidate: Candidate, { host, clock }: DeployPorts): Promise<StepResult> {
  const { now, plugin } = candidate;
  if (!now) return goOn(candidate);
  const { entries } = host.workflow(plugin.manifest.name).image;
  await migrate(compiled(candidate), { from: now.manifest.version, time: clock.now(), entries });
  return goOn(candidate);
}

async function rehearse(candidate: Candidate, { host, journal, clock }: DeployPorts): Promise<StepResult> {
  const { now, plugin, deployment } = candidate;
  const { name } = plugin.manifest;
  if (!now || now.manifest.durability === "memory") return goOn(candidate);
  const { seq } = host.workflow(name);
  const rehearsal = await findRehearsal(journal, name, now.manifest.version, seq, SHADOW_INPUTS);
  if (!rehearsal) return goOn(candidate);
  const { differences } = await shadow({
    ...SHADOW,
    now,
    next: compiled(candidate),
    rehearsal,
    monotonic: () => clock.monotonic(),
  });
  return goOn({ ...candidate, deployment: { ...deployment, differences } });
}
