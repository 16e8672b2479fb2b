import { DeviceDocument, parse } from "../../contract/index.ts";
import { FIRST_DOCUMENT } from "../first-document.ts";

/**
 * Runs what a start runs before the first message, as far as it needs no device: what was run once is in a start-up snapshot as
 * compiled functions, and what was not is read and compiled at every start. Leaves nothing behind.
 */
export async function rehearse(): Promise<void> {
  const { readDocument } = await import("../read-document.ts");
  const { readCustomisation } = await import("./cloud-config.ts");
  const document = readDocument(FIRST_DOCUMENT);
  parse(DeviceDocument, JSON.parse(JSON.stringify(document)));
  readCustomisation("#cloud-config\nhostname: edge\n", "version: 2\n");
}
