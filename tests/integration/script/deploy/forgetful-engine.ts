import { StepppsError } from "../../../../runtime/contract/index.ts";
import { type SandboxEngine, v8Engine } from "../../../../runtime/script/index.ts";

/** Refuses the code in `refuses`, as if it had been damaged on the disk. */
export function forgetfulEngine(): SandboxEngine & { readonly refuses: Uint8Array[] } {
  const engine = v8Engine();
  return {
    name: engine.name,
    refuses: [],
    async compile(wasm) {
      if (this.refuses.some((bytes) => Buffer.compare(bytes, wasm) === 0)) throw new StepppsError("E_GUEST_INVALID", "as told");
      return engine.compile(wasm);
    },
    close: () => engine.close(),
  };
}
