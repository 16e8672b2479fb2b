import { useEffect, useMemo, useReducer } from "preact/hooks";
import type { DeployReport, SystemStatus } from "../../../contract/index.ts";
import { HEALTHS, type summarize } from "../../figures/health.ts";
import { connect } from "../model/connect.ts";
import { act } from "../model/device.ts";
import { usePlugin } from "../model/place.ts";
import { applyUpdate, INITIAL_STATE, type PageState } from "../model/state.ts";
import { useList } from "../model/use-list.ts";
import { Approvals } from "./approvals.tsx";
import { LostBanner, PairingBanner, TroublesBanner } from "./banners.tsx";
import { Events } from "./events.tsx";
import { Header } from "./header.tsx";
import { Login } from "./login.tsx";
import { Messages } from "./messages.tsx";
import { Overview } from "./overview.tsx";
import { PluginView } from "./plugin-view.tsx";
import { Plugins } from "./plugins.tsx";

/** The whole page: one stream of updates in, one state, drawn. */
export function App() {
  const [state, update] = useReducer(applyUpdate, INITIAL_STATE);
  // Each number is one connection: after a login or a logout there is another one.
  const [connection, reconnect] = useReducer((count: number) => count + 1, 0);
  useEffect(() => connect(update), [connection]);
  const logout = () =>
    void act("logout").then(
      () => reconnect(undefined),
      () => {},
    );

  const status = state.reading?.status;
  useTitle(status && `${needsCare(status.plugins) ? "(!) " : ""}${status.device} · STEPPPS Edge`);
  useReloadOnNewVersion(status?.version);
  return (
    <>
      <Header state={state} logout={logout} />
      <main>
        <LostBanner state={state} />
        <PairingBanner state={state} />
        <TroublesBanner state={state} />
        {state.link === "locked" && <Login done={() => reconnect(undefined)} />}
        {state.link === "connecting" && <p class="waiting">Connecting to the device…</p>}
        {status && <Device state={state} status={status} />}
      </main>
      <div class="unseen" role="status" aria-live="polite">
        {state.announcement}
      </div>
    </>
  );
}

/** What the device does, or one plugin of it. */
function Device({ state, status }: { state: PageState; status: SystemStatus }) {
  const name = usePlugin();
  const { events, messages, rates, history, seenAt = 0 } = state;
  const acts = state.session?.acts ?? false;
  const newest = useMemo(
    () => events.findLast(({ value }) => /^(?:deploy|plugin)\./.test(value.kind) && value.kind !== "plugin.log"),
    [events],
  );
  const { deploys, reload } = useDeploys(acts, newest);

  // Lists are drawn again when they changed, not with each second's status.
  const eventList = useMemo(() => <Events events={events} />, [events]);
  const mqttUrl = status.mqtt.url;
  const messageList = useMemo(() => <Messages messages={messages} mqttUrl={mqttUrl} />, [messages, mqttUrl]);
  if (!rates) return null;
  const plugin = status.plugins.find((plugin) => plugin.name === name);
  const approvals = <Approvals deploys={deploys} done={reload} />;
  if (name !== undefined) {
    return (
      <>
        <nav>
          <a href="#/">← All plugins</a>
        </nav>
        {approvals}
        {plugin ? (
          <PluginView
            key={name}
            plugin={plugin}
            rate={rates.handled.get(name) ?? 0}
            deploys={deploys}
            acts={acts}
            now={seenAt}
            newest={events.findLast(({ value }) => value.plugin === name)}
          />
        ) : (
          <p class="waiting">There is no plugin {name} on this device.</p>
        )}
      </>
    );
  }
  return (
    <>
      {approvals}
      <Overview status={status} rates={rates} history={history} />
      <Plugins plugins={status.plugins} rates={rates} {...(acts && { deployed: reload })} />
      <div class="columns">
        {eventList}
        {messageList}
      </div>
    </>
  );
}

const NO_DEPLOYS: readonly DeployReport[] = [];

function useDeploys(acts: boolean, changed: unknown): { deploys: readonly DeployReport[]; reload: () => void } {
  const { rows, reload } = useList<DeployReport>("deploys", undefined, changed, acts);
  return { deploys: rows ?? NO_DEPLOYS, reload };
}

function needsCare(plugins: Parameters<typeof summarize>[0]): boolean {
  return plugins.some(({ health }) => HEALTHS[health].tone === "bad" || HEALTHS[health].tone === "warn");
}

function useTitle(title: string | undefined) {
  useEffect(() => {
    if (title) document.title = title;
  }, [title]);
}

/** After an update of the device the page that came with the old version makes way for the new one. */
function useReloadOnNewVersion(version: string | undefined) {
  const [first, remember] = useReducer((first: string | undefined, seen: string) => first ?? seen, undefined);
  useEffect(() => {
    if (version === undefined) return;
    if (first !== undefined && first !== version) location.reload();
    remember(version);
  }, [version, first]);
}
