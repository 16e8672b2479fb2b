import { useEffect, useMemo, useReducer } from "preact/hooks";
import { HEALTHS, type summarize } from "../../figures/health.ts";
import { connect } from "../model/connect.ts";
import { applyUpdate, INITIAL_STATE } from "../model/state.ts";
import { Events } from "./events.tsx";
import { Header } from "./header.tsx";
import { LostBanner } from "./lost-banner.tsx";
import { Messages } from "./messages.tsx";
import { Overview } from "./overview.tsx";
import { Plugins } from "./plugins.tsx";

/** The whole page: one stream of updates in, one state, drawn. */
export function App() {
  const [state, update] = useReducer(applyUpdate, INITIAL_STATE);
  useEffect(() => connect(update), []);

  const status = state.reading?.status;
  useTitle(status && `${needsCare(status.plugins) ? "(!) " : ""}${status.device} · STEPPPS Edge`);
  useReloadOnNewVersion(status?.version);

  // Lists are drawn again when they changed, not with each second's status.
  const events = useMemo(() => <Events events={state.events} />, [state.events]);
  const mqttUrl = status?.mqtt.url ?? "";
  const messages = useMemo(() => <Messages messages={state.messages} mqttUrl={mqttUrl} />, [state.messages, mqttUrl]);

  return (
    <>
      <Header state={state} />
      <main>
        <LostBanner state={state} />
        {status && state.rates ? (
          <>
            <Overview status={status} rates={state.rates} history={state.history} />
            <Plugins plugins={status.plugins} rates={state.rates} />
            <div class="columns">
              {events}
              {messages}
            </div>
          </>
        ) : (
          state.link === "connecting" && <p class="waiting">Connecting to the device…</p>
        )}
      </main>
      <div class="unseen" role="status" aria-live="polite">
        {state.announcement}
      </div>
    </>
  );
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
