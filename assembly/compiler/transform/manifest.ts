import { ABI_VERSION, Manifest, parse } from "../../../runtime/contract/index.ts";
import type { Workflow } from "./model.ts";

/** The manifest that a workflow's source states. */
export function manifestOf(workflow: Workflow): Manifest {
  return parse(Manifest, {
    abi: ABI_VERSION,
    name: workflow.name,
    version: workflow.version,
    ...(workflow.description === undefined ? {} : { description: workflow.description }),
    handlers: workflow.handlers.map((one) => one.handler),
    capabilities: {
      publish: [...workflow.publishes],
      timers: workflow.usesTimers,
      state: workflow.state.length > 0,
      ...(workflow.models.length > 0 && { infer: [...workflow.models] }),
    },
    config: [...workflow.config],
    state: workflow.state.map(({ name, type }) => ({ name, type: type.source })),
    ...(workflow.migration && { migrates: true }),
    limits: workflow.limits,
    durability: workflow.durability,
  } satisfies Manifest);
}
