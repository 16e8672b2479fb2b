import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { restoreBackup } from "../../boot/backup/restore.ts";
import { dataPaths } from "../../boot/data-paths.ts";
import { StepppsError } from "../../contract/errors/index.ts";
import { takeLock } from "../../platform/index.ts";
import { askSecret } from "../ask-secret.ts";
import type { Invocation } from "../command.ts";

interface Options {
  readonly identity?: boolean;
  readonly name?: string;
  readonly replace?: boolean;
}

/** Makes a data directory from a backup. No supervisor may run there. */
export async function run({ args, options, out, env, cwd, data }: Invocation<Options>) {
  const { identity = false, replace = false, name } = options;
  if (name !== undefined && !/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) throw new StepppsError("E_CLI_OPTION", `--name ${name}`);
  await mkdir(data, { recursive: true, mode: 0o700 });
  const lock = takeLock(`${dataPaths(data).journal}.lock`);
  try {
    const restored = await restoreBackup({
      file: resolve(cwd, args[0] ?? ""),
      data,
      identity,
      replace,
      time: Date.now(),
      passphrase: () => askSecret("passphrase of the backup", { env, variable: "STEPPPS_PASSPHRASE" }),
      ...(name !== undefined && { name }),
    });
    if (restored.aside !== undefined) out.note(`What was there is in ${restored.aside}`);
    if (!identity) out.note(`It is another device now, '${restored.name}', and makes keys of its own at its first start.`);
    out.result(
      { data, device: restored.name, aside: restored.aside, from: restored.manifest },
      () => `${restored.name}  ${data}`,
    );
  } finally {
    lock.release();
  }
  return undefined;
}
