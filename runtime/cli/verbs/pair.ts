import { StepppsError } from "../../contract/errors/index.ts";
import { formatPublicKey } from "../../trust/index.ts";
import { pairingInputs } from "../../trust/pairing/secret.ts";
import { startSpake2 } from "../../trust/pairing/spake2.ts";
import { askSecret } from "../ask-secret.ts";
import type { Invocation } from "../command.ts";
import { type DeviceOptions, withDevice } from "../device/with-device.ts";
import { keysDir } from "../keys-dir.ts";
import { ownKey } from "../start/own-key.ts";

interface Options extends DeviceOptions {
  /** What the key is called on the device. */
  readonly name: string;
}

/** Becomes the owner of a device that has none, by the code that it shows. */
export async function run(invocation: Invocation<Options>) {
  const { args, options, out, env } = invocation;
  const key = ownKey(keysDir(invocation)).public;
  const code = args[0] ?? (await askSecret("the code that the device shows", { env, variable: "STEPPPS_PAIRING_CODE" }));
  if (code.replace(/\D/g, "").length !== 8) throw new StepppsError("E_CLI_OPTION", "a pairing code has 8 digits");
  const device = await withDevice(invocation, async (client) => {
    const side = startSpake2({ role: "A", ...(await pairingInputs(code, client.device, key)) });
    const hello = { step: "hello", key: formatPublicKey(key), share: side.share };
    const { session, share } = (await client.ask("pair", hello)) as { session: string; share: Uint8Array };
    const mine = side.finish(share);
    const prove = { step: "prove", session, proof: mine.proof, name: options.name };
    const { proof } = (await client.ask("pair", prove)) as { proof: Uint8Array };
    if (!(proof instanceof Uint8Array) || !mine.accepts(proof)) throw new StepppsError("E_PAIRING_DEVICE", client.device);
    return client.device;
  });
  out.result({ device, key: key.id }, () => `${device} is yours: it runs what ${key.id} signs`);
  return undefined;
}
