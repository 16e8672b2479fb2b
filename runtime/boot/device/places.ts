import { join } from "node:path";
import type { NetworkPlaces, StickPlaces } from "../../platform/index.ts";
import type { Parts } from "../parts.ts";
import type { LayerPlaces } from "./layer/layer-ports.ts";

/** Where things are on a device. One table, so that tests can put all of it below a folder of theirs. */
export interface DevicePlaces {
  /** What the image says about itself. */
  readonly board: string;
  readonly parts: Parts;
  /** `steppps.yaml`, on the FAT partition that people's computers can read. */
  readonly document: string;
  /** The FAT partition. */
  readonly boot: string;
  /** The supervisor's own. */
  readonly data: string;
  /** In memory: gone at the next start. */
  readonly run: string;
  /** What PID 1 has done, a line each. */
  readonly phases: string;
  /** For reboot(2), where the firmware has to be told something. */
  readonly rebootArgument: string;
  readonly network: NetworkPlaces;
  /** What PID 1 does with the network at the next start. */
  readonly networkStart: string;
  readonly sticks: StickPlaces;
  readonly layers: LayerPlaces;
  readonly mke2fs: string;
  /** For files that are gone at the next start. */
  readonly scratch: string;
  /** Programs, with their first arguments. */
  readonly ntpd: readonly string[];
  readonly date: readonly string[];
  /** There while PID 1 was asked for a factory reset. */
  readonly resetMark: string;
  readonly sys: string;
  /** UEFI's. */
  readonly variables: string;
}

/** `root`: "" on a device. */
export function devicePlaces(root: string): DevicePlaces {
  const at = (path: string) => join(root || "/", path);
  const busybox = (applet: string) => [at("bin/busybox"), applet];
  const lib = (name: string) => at(`usr/lib/steppps/${name}`);
  return {
    board: lib("board.json"),
    parts: {
      storeThread: lib("store-thread.cjs"),
      addon: lib("wasmtime.node"),
      page: lib("page.json"),
      // Of the package steppps-inference-wasm; the base image has none of it.
      inference: { portable: { folders: [lib("inference")] } },
    },
    document: at("boot/steppps.yaml"),
    boot: at("boot"),
    data: at("data/steppps"),
    run: at("run/steppps"),
    phases: at("run/steppps/boot"),
    rebootArgument: at("run/steppps/reboot-argument"),
    networkStart: at("data/steppps/network"),
    sticks: { hold: [...busybox("unshare"), "-m", lib("stick")], mountPoint: at("mnt") },
    layers: { folder: at("data/steppps/layers"), program: at("sbin/steppps-layer") },
    mke2fs: at("sbin/mke2fs"),
    scratch: at("tmp"),
    ntpd: busybox("ntpd"),
    date: busybox("date"),
    resetMark: at("data/.factory-reset"),
    sys: at("sys"),
    variables: at("sys/firmware/efi/efivars"),
    network: {
      sys: at("sys/class/net"),
      leases: at("run/steppps/told"),
      resolvConf: at("run/resolv.conf"),
      ip: busybox("ip"),
      udhcpc: busybox("udhcpc"),
      tell: lib("tell"),
      settings: at("proc/sys/net"),
      routes: at("proc/net/route"),
    },
  };
}
