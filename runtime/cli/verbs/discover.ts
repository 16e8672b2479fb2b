import { parseDuration } from "../../contract/duration.ts";
import type { Invocation } from "../command.ts";
import { browse } from "../discover/browse.ts";
import { table } from "../output.ts";

interface Options {
  readonly wait: string;
}

/** Lists the devices that answer on the local network. */
export async function run({ options, out, signal }: Invocation<Options>) {
  const found = await browse({ millis: parseDuration(options.wait), signal });
  out.result(found, () =>
    found.length === 0
      ? "no device answers on this network; one that listens only to its own machine does not"
      : table([
          ["DEVICE", "ADDRESS", "BROKER", "VERSION", "OWNER"],
          ...found.map(({ device, address, host, port, tls, version, paired }) => [
            device,
            address,
            tls === undefined ? `mqtt://${host}:${port}` : `mqtts://${host}:${tls}`,
            version,
            paired ? "yes" : "none yet",
          ]),
        ]),
  );
  return undefined;
}
