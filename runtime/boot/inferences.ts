import type { EventLog } from "../event/index.ts";
import { Models, type ProviderSource } from "../inference/models.ts";
import type { Bus } from "../mqtt/index.ts";
import type { Clock } from "../platform/index.ts";
import type { PluginHost } from "../script/index.ts";
import { InferenceSteps } from "./inference-steps.ts";
import type { Parts } from "./parts.ts";

export interface InferencesPorts {
  readonly clock: Clock;
  readonly events: Pick<EventLog, "emit">;
  readonly parts: Parts | undefined;
  readonly bus: Pick<Bus, "publish">;
  /** The steps' own part of the broker's subscriptions. */
  readonly topics: Pick<Bus, "subscribe" | "unsubscribe">;
  /** The plugins; asked when they are at work. */
  host(): Pick<PluginHost, "inject">;
}

/** The models of this device, and the document's steps through them. */
export function openInferences({ host, ...ports }: InferencesPorts): { models: Models; steps: InferenceSteps } {
  const models = openModels(ports);
  const inject = (topic: string, payload: Uint8Array) => host().inject(topic, payload);
  return { models, steps: new InferenceSteps({ ...ports, models, inject }) };
}

/** What runs models here: the native worker where it works, WebAssembly elsewhere. Neither is looked for before a model is loaded. */
function openModels({ clock, events, parts }: Pick<InferencesPorts, "clock" | "events" | "parts">): Models {
  const ended = (reason: string) =>
    events.emit({ kind: "inference.trouble", level: "warn", text: `the worker ended and is started again: ${reason}` });
  return new Models({
    clock,
    providers: providerSources({ clock, parts, ended }),
    tried: ({ name, provider, detail }) =>
      events.emit({ kind: "inference.provider", level: "info", text: `${name}${provider ? "" : " can't run"}: ${detail}` }),
  });
}

/** In the order in which they are tried. `ended` is told when a process that runs models ends by itself. */
export function providerSources({
  clock,
  parts,
  ended = () => {},
}: Pick<InferencesPorts, "clock" | "parts"> & { ended?(reason: string): void }): ProviderSource[] {
  return [
    {
      name: "native-cpu",
      async open() {
        if (parts && !parts.inference?.native) return { name: "native-cpu", detail: "there is no worker in this image" };
        const { checkoutPlaces, probeNative } = await import("../inference/probe.ts");
        return probeNative(parts?.inference?.native ?? checkoutPlaces(), { clock, ended });
      },
    },
    {
      name: "wasm",
      async open() {
        const { packageFolder } = await import("../inference/portable/package-folder.ts");
        const { probePortable } = await import("../inference/portable/probe.ts");
        const folder = parts ? undefined : packageFolder();
        return probePortable(parts?.inference?.portable ?? { folders: folder === undefined ? [] : [folder] }, { clock });
      },
    },
  ];
}
