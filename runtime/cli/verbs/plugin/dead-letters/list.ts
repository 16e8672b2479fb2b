import type { Invocation } from "../../../command.ts";
import { type DeviceOptions, withDevice } from "../../../device/with-device.ts";
import { table } from "../../../output.ts";

interface DeadLetter {
  readonly plugin: string;
  readonly id: string | number;
  readonly version: string;
  readonly time: number;
  readonly code: string;
  readonly detail: string;
}

export async function run(invocation: Invocation<DeviceOptions>) {
  const [plugin] = invocation.args;
  const rows = (await withDevice(invocation, (device) => device.ask("dead-letters", { plugin }))) as DeadLetter[];
  invocation.out.result(rows, () => describe(rows));
  return undefined;
}

function describe(rows: readonly DeadLetter[]): string {
  if (rows.length === 0) return "no dead letters";
  const cells = rows.map(({ plugin, id, version, time, code, detail }) => [
    plugin,
    String(id),
    version,
    new Date(time).toISOString(),
    code,
    detail,
  ]);
  return table([["PLUGIN", "ID", "VERSION", "TIME", "ERROR", "DETAIL"], ...cells]);
}
