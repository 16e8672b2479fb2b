import { decodeEffects, effectText, HANDLE_RESULT } from "../../contract/index.ts";
import type { SandboxStop } from "./sandbox.ts";

/** What the entry's result means when it isn't `ok`. Both engines ask here. */
export function resultStop(result: number): SandboxStop {
  if (result === HANDLE_RESULT.rejected)
    return { code: "E_GUEST_REJECTED", message: "the handler rejected the input", frames: [] };
  const name = Object.entries(HANDLE_RESULT).find(([, value]) => value === result)?.[0] ?? "unknown";
  return { code: "E_GUEST_RESULT", message: `the guest answered ${result} (${name})`, frames: [] };
}

/** What an input that was stopped had logged, from its effects; nothing where the guest wrote what can't be read. */
export function stopLogs(effects: Uint8Array): string[] {
  try {
    return decodeEffects(effects).flatMap((effect) => (effect.call === "log" ? [effectText(effect.args[1]).slice(0, 1000)] : []));
  } catch {
    return [];
  }
}
