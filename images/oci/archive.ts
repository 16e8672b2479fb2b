import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { NODE_FLAGS } from "../../runtime/platform/index.ts";
import { tarOfFolder } from "../formats/tar.ts";
import type { Architecture } from "../rootfs/architecture.ts";
import type { RootFolder } from "../rootfs/root-folder.ts";
import { SUPERVISOR } from "../supervisor/layout.ts";
import { Blobs } from "./blobs.ts";
import { type Layer, writeLayer } from "./layer.ts";

/** A container's user: no root in it, and nobody on its host. */
export const CONTAINER_USER = 65_532;
/** The only folder that a container writes to. */
const DATA = "data";
/** As Go calls it, which is how the specification does. */
const PLATFORMS = { arm64: { architecture: "arm64", variant: "v8" }, x86_64: { architecture: "amd64" } } as const;
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const CONFIG = "application/vnd.oci.image.config.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";
const SYSTEM = "Alpine and Node";
const OWN = "STEPPPS Edge";

/** What PID 1 starts and what the host of a container brings: not in it. */
const LEFT_OUT = new Set([
  ...[SUPERVISOR.snapshot, SUPERVISOR.command, SUPERVISOR.fallback, SUPERVISOR.tell, SUPERVISOR.stick].map((path) =>
    path.slice(1),
  ),
  "etc/resolv.conf",
  "boot",
]);

export interface ContainerImage {
  readonly arch: Architecture;
  readonly version: string;
  /** Seconds since the epoch: of everything in it. */
  readonly time: number;
}

/**
 * Writes a container image as an archive of the OCI layout [image-spec 1.1], byte for byte the same for the same root: a layer that
 * changes with Alpine and Node, and one with the supervisor.
 *
 *     oci-layout  index.json ─▶ manifest ─▶ config, layers      blobs/sha256/…
 */
export async function writeContainerImage({ folder }: RootFolder, { arch, version, time }: ContainerImage, file: string) {
  const work = await mkdtemp(join(dirname(file), "making-"));
  try {
    const layout = join(work, "layout");
    const to = { blobs: await Blobs.in(layout), work, time };
    const owner = (path: string) => (path === DATA ? CONTAINER_USER : 0);
    const ours = (path: string) => /^(usr\/lib\/steppps|usr\/lib\/os-release|data)(\/|$)/.test(path);
    const system = (path: string) => !LEFT_OUT.has(path) && !ours(path);
    const own = (path: string) => !LEFT_OUT.has(path) && ours(path);
    const layers = [
      await writeLayer(folder, SYSTEM, { takes: system, owner }, to),
      await writeLayer(folder, OWN, { takes: own, owner }, to),
    ];
    const platform = { ...PLATFORMS[arch], os: "linux" };
    const created = new Date(time * 1000).toISOString();
    const config = await to.blobs.json(CONFIG, { created, ...platform, ...configuration(version, layers, created) });
    const annotations = { ...labels(version), "org.opencontainers.image.created": created };
    const manifest = await to.blobs.json(MANIFEST, {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config,
      layers: layers.map(({ descriptor }) => descriptor),
      annotations,
    });
    const named = { "org.opencontainers.image.ref.name": version };
    const manifests = [{ ...manifest, platform, annotations: named }];
    await writeFile(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }));
    await writeFile(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    await tarOfFolder(layout, join(work, "archive.tar"), time, { takes: (path) => path !== "." });
    await rename(join(work, "archive.tar"), file);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** [image-spec, config.md] */
function configuration(version: string, layers: readonly Layer[], created: string) {
  return {
    config: {
      User: `${CONTAINER_USER}:${CONTAINER_USER}`,
      // Broker and page, as the device document has them at first.
      ExposedPorts: { "1883/tcp": {}, "8080/tcp": {} },
      Env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", `STEPPPS_DATA=/${DATA}`],
      Entrypoint: ["/usr/bin/node", ...NODE_FLAGS, SUPERVISOR.bundle],
      Volumes: { [`/${DATA}`]: {} },
      WorkingDir: `/${DATA}`,
      StopSignal: "SIGTERM",
      Labels: labels(version),
    },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(({ says }) => ({ created, created_by: says })),
  };
}

/** [image-spec, annotations.md] */
function labels(version: string): Readonly<Record<string, string>> {
  return {
    "org.opencontainers.image.title": "STEPPPS Edge",
    "org.opencontainers.image.version": version,
    "org.opencontainers.image.licenses": "Apache-2.0",
  };
}
