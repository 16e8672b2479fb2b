import { type SystemEvent, UPDATE_STEPS, type UpdateReport } from "../contract/index.ts";

/** What people are told of an update. */
export function eventOf(report: UpdateReport): Omit<SystemEvent, "time"> {
  const { version, from, slot, step, outcome, error } = report;
  const image = `image ${version} (slot ${slot})`;
  const why = error ? `: ${[error.what, error.detail].filter(Boolean).join(": ")}` : "";
  const code = error ? { code: error.code } : {};
  switch (outcome) {
    case "done":
      return { kind: "update.done", level: "info", text: `${image} passed its gate and stays` };
    case "refused":
      return { kind: "update.refused", level: "error", ...code, text: `${image} is not installed${why}` };
    case "rolled-back":
      return {
        kind: "update.rolled-back",
        level: "error",
        ...code,
        text: `${image} was taken back, ${from} is at work again${why}`,
      };
    default:
      return {
        kind: "update.step",
        level: "info",
        text: `${image}: ${outcome === "waiting" ? "it waits for a person" : UPDATE_STEPS[step]}`,
      };
  }
}
