import { StepppsError } from "../../contract/index.ts";
import type { UpdatePorts, UpdateSource } from "../ports.ts";
import type { ByteSource } from "./byte-source.ts";

/**
 * A source over several tries: a server is the same one, so that a file which was replaced meanwhile is noticed; a file is opened anew
 * after each failure, as its disk may have been taken out and put back.
 */
export function lastingSource(
  { openSource }: Pick<UpdatePorts, "openSource">,
  from: UpdateSource | undefined,
): ByteSource & AsyncDisposable {
  let opened: ByteSource | undefined;
  const close = async () => {
    const source = opened;
    opened = undefined;
    await source?.close();
  };
  return {
    async *read(at, length, signal) {
      if (!from) throw new StepppsError("E_IMAGE", "no source");
      opened ??= await openSource(from);
      try {
        yield* opened.read(at, length, signal);
      } catch (error) {
        if (from.file !== undefined) await close();
        throw error;
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
