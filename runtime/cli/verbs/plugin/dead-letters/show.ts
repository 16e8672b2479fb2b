import type { Invocation } from "../../../command.ts";
import { type DeviceOptions, withDevice } from "../../../device/with-device.ts";
import { table } from "../../../output.ts";

export async function run(invocation: Invocation<DeviceOptions>) {
  const [plugin, id] = invocation.args;
  const letter = await withDevice(invocation, (device) => device.ask("dead-letters", { plugin, letter: id }));
  invocation.out.result(letter, () => describe(letter as Record<string, unknown>));
  return undefined;
}

/** One field a line; the payload as text where it is text. */
function describe({ payload, ...rest }: Record<string, unknown>): string {
  const text = Buffer.from(String(payload ?? ""), "base64").toString("utf8");
  const shown = text.includes("\ufffd") ? `base64 ${payload}` : text;
  return table([...Object.entries(rest).map(([name, value]) => [name, String(value)]), ["payload", shown]]);
}
