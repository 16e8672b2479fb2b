import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { TrustChange, TrustStatus } from "../../../trust/trust-status.ts";
import type { Invocation } from "../../command.ts";
import { type DeviceOptions, withDevice } from "../../device/with-device.ts";
import { formatBytes } from "../../format.ts";
import { openFolder } from "../../trust/options.ts";

/** Brings a device the folder's metadata, or a bundle's; or writes a bundle, for a stick. */
export async function run(invocation: Invocation<DeviceOptions & { dir: string; out?: string }>) {
  const { args, cwd, options, out } = invocation;
  if (options.out) {
    const bundle = openFolder(invocation).bundle();
    const file = resolve(cwd, options.out);
    writeFileSync(file, bundle);
    out.result({ file, bytes: bundle.length }, () => `${file} · ${formatBytes(bundle.length)}`);
    return undefined;
  }
  const [given] = args;
  const change = (await withDevice(invocation, async (device) => {
    if (given) return device.ask("trust-update", { bundle: Uint8Array.from(readFileSync(resolve(cwd, given))) });
    const { roles } = (await device.ask("trust")) as TrustStatus;
    const since = roles.find(({ role }) => role === "root")?.version;
    return device.ask("trust-update", { bundle: openFolder(invocation).bundle(since) });
  })) as TrustChange;
  out.result(change, () => describe(change));
  return undefined;
}

function describe({ added, orphans, removed, roles }: TrustChange): string {
  return [
    ...roles.map(({ role, version }) => `${role} ${version}`),
    ...added.map((id) => `may deploy now  ${id}`),
    ...removed.map((id) => `may no longer deploy  ${id}`),
    ...orphans.map(({ plugin, version }) => `goes on, but its key may not deploy it any more  ${plugin} ${version}`),
  ].join("\n");
}
