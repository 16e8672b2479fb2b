import { basename, join } from "node:path";
import { StepppsError, type SystemEvent } from "../contract/index.ts";
import type { EventLog } from "../event/index.ts";
import { optionalText, type RpcFunction, textArgument } from "../mqtt/index.ts";
import type { Authority } from "../trust/index.ts";
import { type ByteSource, fileSource, httpSource } from "../update/index.ts";
import type { DeviceSide } from "./device/side.ts";
import { type Standing, troubleOf } from "./standing.ts";

export interface DeviceLayerPorts {
  readonly authority: Authority;
  readonly events: Pick<EventLog, "emit">;
  readonly standing: Pick<Standing, "set">;
}

/** Layers as the rest of the supervisor sees them; those of a machine that mounts none refuse everything. */
export interface DeviceLayers {
  readonly methods: Readonly<Record<"layer-status" | "layer-add" | "layer-remove", RpcFunction>>;
  /** Mounts what is there, and takes what lies on the boot partition. Never rejects. */
  begin(): Promise<void>;
  /** One that people brought on a stick: resolves when it need not stay plugged in. Never rejects. */
  take(name: string, open: () => Promise<ByteSource>): Promise<void>;
  close(): Promise<void>;
}

const IDLE_MS = 60_000;
export const LAYER_SUFFIX = ".layer";
/** Files that people put on the boot partition are looked at up to so many. */
const MOST_FILES = 8;
/** Said once, when it happened; a file that lies there is no news. */
const PASSED_OVER = new Set<StepppsError["code"]>(["E_TRUST_DOWNGRADE", "E_LAYER_BUSY"]);

export function openLayers(side: DeviceSide | undefined, { authority, events, standing }: DeviceLayerPorts): DeviceLayers {
  const layers = side?.layers;
  if (!side || !layers) return NOWHERE;
  const emit = (event: Omit<SystemEvent, "time">) => events.emit(event);
  const take: DeviceLayers["take"] = async (name, open) => {
    try {
      await (await layers.add(await open())).finished;
    } catch (error) {
      const { code, message } = error as StepppsError;
      if (!PASSED_OVER.has(code)) emit({ kind: "layer.refused", level: "error", code, text: `${name}: ${message}` });
    }
  };
  const onBoot = (name: string) => fileSource(join(side.slots?.bootPath ?? "", name));
  const takeAll = async () => {
    for (const name of await filesOf(side)) await take(name, () => onBoot(name));
  };
  return {
    methods: {
      "layer-status": () => layers.status(),
      async "layer-add"(args) {
        const file = optionalText(args, "file");
        if (file !== undefined) {
          if (!side.slots || basename(file) !== file || !file.endsWith(LAYER_SUFFIX))
            throw new StepppsError("E_CONTROL", "file is not a name on the boot partition");
          return (await layers.add(await onBoot(file))).report;
        }
        const url = textArgument(args, "url");
        if (!/^https?:\/\//.test(url)) throw new StepppsError("E_CONTROL", "url is not http: or https:");
        return (await layers.add(httpSource(url, { idleMs: IDLE_MS }))).report;
      },
      "layer-remove": (args) => layers.remove(textArgument(args, "layer")),
    },
    async begin() {
      await layers.begin({ authority, emit, troubles: (errors) => standing.set("layers", errors.map(troubleOf)) });
      void takeAll(); // the network needs what is mounted, and need not wait for what is new
    },
    take,
    close: () => layers.close(),
  };
}

async function filesOf({ slots, volume }: DeviceSide): Promise<string[]> {
  if (!slots) return [];
  const names = await volume.list("").catch(() => []);
  return names.filter((name) => name.endsWith(LAYER_SUFFIX)).slice(0, MOST_FILES);
}

const nowhere = () => {
  throw new StepppsError("E_LAYER_NOWHERE");
};

const NOWHERE: DeviceLayers = {
  methods: { "layer-status": nowhere, "layer-add": nowhere, "layer-remove": nowhere },
  begin: async () => {},
  take: async () => {},
  close: async () => {},
};
