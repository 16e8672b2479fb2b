import { asStepppsError, BoardFacts, parse, type StepppsError, text } from "../../contract/index.ts";
import type { Files } from "../../platform/index.ts";

const MAX_BYTES = 4096;

/** What the image says about itself; a damaged one keeps no device from running. */
export async function readBoard(path: string, files: Pick<Files, "read">): Promise<{ board?: BoardFacts; fault?: StepppsError }> {
  try {
    const bytes = await files.read(path, MAX_BYTES);
    return { board: parse(BoardFacts, JSON.parse(text(bytes ?? new Uint8Array())), "E_DEVICE_BOARD") };
  } catch (error) {
    return { fault: asStepppsError(error, "E_DEVICE_BOARD") };
  }
}
