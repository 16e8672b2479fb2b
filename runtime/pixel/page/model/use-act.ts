import { useState } from "preact/hooks";
import { asRefusal, type Refusal } from "./device.ts";

/** Something that a person had the device do: whether it is under way, and why it was refused. */
export interface Doing {
  readonly busy: boolean;
  readonly refusal: Refusal | undefined;
  /** Runs `what`, one at a time; true when it went well. */
  run(what: () => Promise<unknown>): Promise<boolean>;
}

export function useAct(): Doing {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal>();
  const run = async (what: () => Promise<unknown>) => {
    if (busy) return false;
    setBusy(true);
    setRefusal(undefined);
    try {
      await what();
      return true;
    } catch (thrown) {
      setRefusal(asRefusal(thrown));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, refusal, run };
}
