import type { TrustStatus } from "../../../trust/trust-status.ts";
import type { Invocation } from "../../command.ts";
import { type DeviceOptions, withDevice } from "../../device/with-device.ts";
import { table } from "../../output.ts";

export async function run(invocation: Invocation<DeviceOptions>) {
  const status = (await withDevice(invocation, (device) => device.ask("trust"))) as TrustStatus;
  invocation.out.result(status, () => describe(status));
  return undefined;
}

function describe({ blocked, deployers, floors, ignoredOwners, orphans, roles, time }: TrustStatus): string {
  const day = (millis: number) => new Date(millis).toISOString().slice(0, 16).replace("T", " ");
  const rows = roles.map(({ role, version, expires, expired, keys, threshold }) => [
    role,
    String(version),
    `${day(expires)}${expired ? " (expired)" : ""}`,
    `${threshold} of ${keys.length}`,
  ]);
  return [
    roles.length === 0 ? "no root: any owner may deploy anything" : table([["ROLE", "VERSION", "EXPIRES", "KEYS"], ...rows]),
    ...(blocked ? [`nothing can be deployed: ${blocked.text}`] : []),
    ...deployers.map((id) => `may deploy  ${id}`),
    ...ignoredOwners.map((id) => `no longer counts, though steppps.yaml names it  ${id}`),
    ...orphans.map(
      ({ plugin, version, signers }) =>
        `goes on, but its key may not deploy it any more  ${plugin} ${version} by ${signers.join(", ")}`,
    ),
    ...Object.entries(floors).map(([plugin, version]) => `nothing below  ${plugin} ${version}`),
    `time  ${day(time.now)}${time.behind > 0 ? `, the newest that was signed: the clock is ${Math.ceil(time.behind / 1000)} s or more behind` : ""}`,
  ].join("\n");
}
