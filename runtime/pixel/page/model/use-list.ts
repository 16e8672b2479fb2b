import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ask, asRefusal, type Refusal } from "./device.ts";

export interface List<T> {
  /** Undefined until it came. */
  readonly rows: readonly T[] | undefined;
  readonly refusal: Refusal | undefined;
  reload(): void;
}

/** A list of the device's, asked for again whenever `changed` is another value, and not at all unless it is `wanted`. */
export function useList<T>(path: string, plugin: string | undefined, changed: unknown, wanted = true): List<T> {
  const [rows, setRows] = useState<readonly T[]>();
  const [refusal, setRefusal] = useState<Refusal>();
  const turn = useRef(0);
  const reload = useCallback(() => {
    if (!wanted) return;
    // An answer that was overtaken by a later one is not shown.
    const mine = ++turn.current;
    ask<readonly T[]>(path, plugin === undefined ? {} : { plugin }).then(
      (list) => {
        if (mine !== turn.current) return;
        setRows(list);
        setRefusal(undefined);
      },
      (thrown: unknown) => mine === turn.current && setRefusal(asRefusal(thrown)),
    );
  }, [path, plugin, wanted]);
  useEffect(reload, [reload, changed]);
  return { rows, refusal, reload };
}
