import { networkInterfaces } from "node:os";
import { join } from "node:path";
import type { DeviceDocument } from "../contract/index.ts";
import { linuxFiles } from "../platform/index.ts";
import type { Identity, IdentityAlgorithm } from "../trust/identity/index.ts";
import type { DataDirectory } from "./data-paths.ts";

/** Where the device's own key and certificate lie. */
export function identityDir({ path }: Pick<DataDirectory, "path">): string {
  return join(path, "identity");
}

/** The device's own key and certificate; made where there are none, with the addresses that this machine has now. */
export async function deviceIdentity(
  data: Pick<DataDirectory, "path">,
  document: DeviceDocument,
  algorithm?: IdentityAlgorithm,
): Promise<Identity> {
  const { openIdentity } = await import("../trust/identity/index.ts");
  const options = { files: linuxFiles(), dir: identityDir(data), ...(algorithm && { algorithm }) };
  return openIdentity(options, document.name ?? "edge", ownAddresses());
}

/** Addresses that others on the network may use; link-local ones name an interface, which no certificate can. */
export function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return all.filter(({ internal, address }) => !internal && !address.startsWith("fe80:")).map(({ address }) => address);
}
