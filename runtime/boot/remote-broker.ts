import { join } from "node:path";
import { asStepppsError, StepppsError, type Uplink } from "../contract/index.ts";
import type { TlsOptions } from "../mqtt/index.ts";
import { type Files, linuxFiles } from "../platform/index.ts";
import type { DataDirectory } from "./data-paths.ts";

/** What the device document says about a broker elsewhere, beside its address. */
export type RemoteSettings = Pick<
  Uplink,
  "username" | "password" | "passwordFile" | "ca" | "pin" | "certificate" | "key" | "postQuantum"
>;

export interface RemoteLogin {
  readonly username?: string;
  readonly password?: string;
  readonly tls: TlsOptions;
}

const MAX_BYTES = 256 * 1024;

/**
 * Reads the files that the settings name; throws E_TLS_FILE. `deviceKey` is the PEM of the device's own key, which belongs to a
 * certificate without a key.
 */
export async function readRemote(
  data: Pick<DataDirectory, "path">,
  settings: RemoteSettings,
  deviceKey: () => Promise<string>,
  files: Pick<Files, "read"> = linuxFiles(),
): Promise<RemoteLogin> {
  const { username, passwordFile, pin, postQuantum } = settings;
  const read = async (name: string | undefined) => (name === undefined ? undefined : readText(files, data.path, name));
  const [ca, certificate, ownKey, filed] = await Promise.all([
    read(settings.ca),
    read(settings.certificate),
    read(settings.key),
    read(passwordFile),
  ]);
  const key = certificate !== undefined && ownKey === undefined ? await deviceKey() : ownKey;
  // An editor ends the file with a line break, which is not part of the password
  const password = filed?.replace(/\r?\n$/, "") ?? settings.password;
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    tls: {
      ...(ca !== undefined && { ca }),
      ...(pin !== undefined && { pin }),
      ...(certificate !== undefined && { certificate }),
      ...(key !== undefined && { key }),
      ...(postQuantum !== undefined && { postQuantum }),
    },
  };
}

/** A file below the data directory, as text; throws E_TLS_FILE. */
export async function readText(files: Pick<Files, "read">, folder: string, name: string): Promise<string> {
  try {
    const bytes = await files.read(join(folder, name), MAX_BYTES);
    if (!bytes) throw new StepppsError("E_TLS_FILE", `${name} is not there`);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof StepppsError && error.code === "E_TLS_FILE") throw error;
    throw new StepppsError("E_TLS_FILE", `${name}: ${asStepppsError(error, "E_TLS_FILE").message}`, { cause: error });
  }
}
