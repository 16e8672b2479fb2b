import { isDeepStrictEqual } from "node:util";
import {
  asStepppsError,
  compareVersions,
  type DeployReport,
  type Manifest,
  type PluginSettings,
  StepppsError,
} from "../../contract/index.ts";
import type { DeployPorts } from "./ports.ts";
import type { InTurn } from "./turn-queue.ts";

export interface ReconcilePorts extends Pick<DeployPorts, "host" | "authority" | "journal" | "emit"> {
  /** A file of the data directory. */
  read(file: string): Promise<Uint8Array>;
  readonly inTurn: InTurn;
  take(envelope: Uint8Array): Promise<DeployReport>;
  /** Its trial is over then, too. */
  stop(plugin: string): Promise<void>;
  reconfigure(plugin: string): Promise<DeployReport>;
  putBack(plugin: string, version: string): Promise<unknown>;
}

/**
 * What the document says of each plugin, made so in this order:
 *
 *   enabled: false   it is stopped; its state, timers and versions stay
 *   version          that very version is put back, where it was here
 *   package          its file is deployed when it is newer than what is at work, or when the plugin is not here
 *   config           the version at work gets other settings, as a deploy does
 *
 * A plugin that the document does not name is left alone: it came over the air.
 */
export async function reconcile(plugins: Readonly<Record<string, PluginSettings>>, ports: ReconcilePorts): Promise<void> {
  const installed = await ports.journal.read("plugin.all");
  const names = new Set([...Object.keys(plugins), ...installed.map(({ name }) => name)]);
  for (const name of [...names].sort()) {
    const known = installed.some((row) => row.name === name);
    try {
      await reconcileOne(name, plugins[name] ?? {}, known, ports);
    } catch (thrown) {
      const { code, message: text } = asStepppsError(thrown, "E_DEPLOY_DOCUMENT");
      ports.emit({ kind: "plugin.refused", level: "error", plugin: name, code, text });
    }
  }
}

async function reconcileOne(name: string, wanted: PluginSettings, known: boolean, ports: ReconcilePorts): Promise<void> {
  const { host } = ports;
  if (wanted.enabled === false) {
    if (host.find(name) || host.waits(name)) await ports.stop(name);
    return;
  }
  if (known && !host.find(name)) await ports.inTurn(name, () => host.resume(name));
  const version = () => host.find(name)?.workflow.version.manifest.version;
  if (wanted.version !== undefined && known && version() !== wanted.version) {
    if (await host.versions.find(name, wanted.version)) await ports.putBack(name, wanted.version);
    else if (wanted.package === undefined)
      throw new StepppsError("E_DEPLOY_DOCUMENT", `${name} ${wanted.version} was never here`);
  }
  if (wanted.package !== undefined && (wanted.version === undefined || version() !== wanted.version))
    await deployPackage(name, wanted, version(), ports);
  const now = host.find(name)?.workflow.version;
  if (now && !isDeepStrictEqual({ ...now.given }, { ...wanted.config })) await ports.reconfigure(name);
}

async function deployPackage(
  name: string,
  wanted: PluginSettings,
  now: string | undefined,
  ports: ReconcilePorts,
): Promise<void> {
  const file = wanted.package ?? "";
  const envelope = await ports.read(file).catch((cause: unknown) => {
    throw new StepppsError("E_DEPLOY_DOCUMENT", `${file}: ${(cause as Error).message}`, { cause });
  });
  const stays = ({ version }: Manifest) => now !== undefined && compareVersions(version, now) <= 0;
  const { manifest } = await ports.authority.plugin(envelope, stays);
  if (manifest.name !== name) throw new StepppsError("E_DEPLOY_DOCUMENT", `${file} holds ${manifest.name}`);
  if (wanted.version !== undefined && manifest.version !== wanted.version)
    throw new StepppsError("E_DEPLOY_DOCUMENT", `${file} holds ${manifest.version}, not ${wanted.version}`);
  if (!stays(manifest)) await ports.take(envelope);
}
