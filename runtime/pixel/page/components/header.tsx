import { formatDuration } from "../../figures/format.ts";
import type { PageState } from "../model/state.ts";

const LINK_WORDS = { connecting: "Connecting", locked: "Locked", live: "Live", lost: "Offline" } as const;

export function Header({ state: { reading, session, link, seenAt }, logout }: { state: PageState; logout: () => void }) {
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
      {session?.login && session.in && (
        <button type="button" onClick={logout}>
          Log out
        </button>
      )}
      <p class={`link link-${link}`}>{LINK_WORDS[link]}</p>
    </header>
  );
}
