import type { RpcMethod, RpcRequest } from "../../contract/control.ts";
import type { Invocation } from "../command.ts";
import { keysDir } from "../keys-dir.ts";

/** Signs commands for one device with a key of this machine, anew each time. Only loaded when a device asks for it. */
export function commandSigner(place: Pick<Invocation, "env" | "cwd" | "data">, device: string, key: string) {
  return async (method: RpcMethod, args: RpcRequest): Promise<Uint8Array> => {
    const { loadKeys, newCommand, sealCommand } = await import("../../trust/index.ts");
    return sealCommand(newCommand({ device, method, args }, Date.now()), loadKeys(keysDir(place), key));
  };
}
