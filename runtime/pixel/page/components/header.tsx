import { formatDuration } from "../../figures/format.ts";
import type { PageState } from "../model/state.ts";

const LINK_WORDS = { connecting: "Connecting", live: "Live", lost: "Offline" } as const;

export function Header({ state: { reading, link, seenAt } }: { state: PageState }) {
  const status = reading?.status;
  return (
    <header>
      <img src="/icon.svg" alt="" width="36" height="36" />
      <div class="device">
        <h1>{status?.device ?? "STEPPPS Edge"}</h1>
        {status && (
          <p>
            STEPPPS Edge {status.version}
            <span class="apart">up {formatDuration((seenAt ?? status.startedAt) - status.startedAt)}</span>
          </p>
        )}
      </div>
      <p class={`link link-${link}`}>{LINK_WORDS[link]}</p>
    </header>
  );
}
