import { HANDLE_RESULT } from "../../contract/index.ts";
import type { SandboxStop } from "./sandbox.ts";

/** What the entry's result means when it isn't `ok`. Both engines ask here. */
export function resultStop(result: number): SandboxStop | undefined {
  if (result === HANDLE_RESULT.ok) return undefined;
  if (result === HANDLE_RESULT.rejected)
    return { code: "E_GUEST_REJECTED", message: "the handler rejected the input", frames: [] };
  const name = Object.entries(HANDLE_RESULT).find(([, value]) => value === result)?.[0] ?? "unknown";
  return { code: "E_GUEST_RESULT", message: `the guest answered ${result} (${name})`, frames: [] };
}
