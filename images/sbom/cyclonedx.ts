import type { BoardFacts } from "../../runtime/contract/index.ts";
import { lockedWheel } from "../../runtime/wasmtime/build/wheel.ts";
import type { LockedDeb } from "../lock/schema.ts";
import type { InstalledApk } from "../rootfs/apk-database.ts";
import { MACHINES, WHEEL_TARGETS } from "../rootfs/architecture.ts";
import { uuidOf } from "../rootfs/erofs.ts";
import type { BundledPackage } from "../supervisor/bundle.ts";

/** What is in an image, by where it comes from. */
export interface ImageParts {
  readonly facts: BoardFacts;
  readonly alpine: readonly InstalledApk[];
  readonly debian: readonly LockedDeb[];
  readonly npm: readonly BundledPackage[];
  /** One that was brought, and comes in no package. */
  readonly kernel?: { readonly version: string; readonly sha256: string } | undefined;
  /** SHA-256 of the uncompressed image. */
  readonly sha256: string;
}

/** What is in a layer. */
export interface LayerParts {
  readonly name: string;
  readonly version: string;
  readonly arch: BoardFacts["arch"];
  /** Seconds since the epoch. */
  readonly time: number;
  readonly debian: readonly LockedDeb[];
  /** SHA-256 of its file. */
  readonly sha256: string;
}

interface Component {
  readonly type: "application" | "library" | "operating-system" | "firmware";
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly licenses?: readonly ({ readonly expression: string } | { readonly license: { readonly name: string } })[];
  readonly hashes?: readonly { readonly alg: "SHA-256"; readonly content: string }[];
}

/** The list of what is in an image as CycloneDX 1.6 has it; the same for the same image. */
export function cyclonedx({ facts, alpine, debian, npm, kernel, sha256 }: ImageParts): object {
  const { board, version, buildTime, arch } = facts;
  const wheel = (tool: "node" | "wasmtime", license: string): Component => {
    const { version: of, package: name, sha256: content } = lockedWheel(tool, WHEEL_TARGETS[arch]);
    const purl = `pkg:pypi/${name}@${of}`;
    return { type: "application", name: tool, version: of, purl, licenses: [{ expression: license }], hashes: [hash(content)] };
  };
  const components: Component[] = [
    ...alpine.map((apk) => ofAlpine(apk, MACHINES[arch])),
    wheel("node", "MIT"),
    wheel("wasmtime", "Apache-2.0 WITH LLVM-exception"),
    ...npm.map(ofNpm),
    ...debian.map(ofDebian),
    ...(kernel
      ? [{ type: "operating-system", name: "linux", version: kernel.version, hashes: [hash(kernel.sha256)] } as const]
      : []),
  ];
  const licenses = [{ expression: "Apache-2.0" }] as const;
  const subject = { type: "operating-system", "bom-ref": "image", name: `steppps-${board}`, version, licenses } as const;
  return document(subject, { components, sha256, time: buildTime });
}

/** The list of what is in a layer; the same for the same file. */
export function cyclonedxOfLayer({ name, version, arch, time, debian, sha256 }: LayerParts): object {
  const subject = { type: "application", "bom-ref": "layer", name: `steppps-layer-${name}-${arch}`, version } as const;
  return document(subject, { components: debian.map(ofDebian), sha256, time });
}

/** `time` in seconds since the epoch. */
function document(
  subject: object,
  { components, sha256, time }: { readonly components: readonly Component[]; readonly sha256: string; readonly time: number },
): object {
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(sha256)}`,
    version: 1,
    metadata: {
      timestamp: new Date(time * 1000).toISOString(),
      component: { ...subject, hashes: [hash(sha256)] },
    },
    components: components.map((component, i) => ({ "bom-ref": `${i}-${component.name}`, ...component })),
  };
}

/** Alpine's licences are SPDX expressions. */
function ofAlpine({ name, version, license }: InstalledApk, machine: string): Component {
  const purl = `pkg:apk/alpine/${name}@${version}?arch=${machine}&distro=alpine-3.23`;
  return { type: "library", name, version, purl, licenses: [{ expression: license }] };
}

function ofNpm({ name, version, license }: BundledPackage): Component {
  return {
    type: "library",
    name,
    version,
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    licenses: [{ expression: license }],
  };
}

function ofDebian({ name, version, arch, sha256, group }: LockedDeb): Component {
  const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${arch}`;
  const type = group === "firmware" || group === "loader" ? "firmware" : "operating-system";
  return { type, name, version, purl, hashes: [hash(sha256)] };
}

function hash(content: string) {
  return { alg: "SHA-256", content } as const;
}
