import { formatTime } from "../../figures/format.ts";
import type { PageState } from "../model/state.ts";

/** Says that what is shown is old, and since when. */
export function LostBanner({ state: { link, seenAt } }: { state: PageState }) {
  if (link !== "lost") return null;
  return (
    <div class="banner">
      <strong>Connection lost.</strong> {seenAt ? `This is how things were at ${formatTime(seenAt)}. ` : ""}
      Trying again every few seconds; if the supervisor was stopped, start it with <code>npm start</code>.
    </div>
  );
}

/** What is wrong and stays so until somebody does something about it. */
export function TroublesBanner({ state: { reading } }: { state: PageState }) {
  const troubles = reading?.status.troubles ?? [];
  if (troubles.length === 0) return null;
  return (
    <div class="banner" role="alert">
      <strong>Something is wrong.</strong>
      <ul>
        {troubles.map(({ text, fix }) => (
          <li key={text}>
            {text}
            {fix && <> {fix}.</>}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Says how to become the owner of a device that has none; the code is there only on the device itself. */
export function PairingBanner({ state: { session, reading } }: { state: PageState }) {
  if (!session?.pairing) return null;
  const device = reading?.status.device ?? "NAME";
  return (
    <div class="banner">
      <strong>This device has no owner yet.</strong> On the computer that is to own it:{" "}
      <code>
        npx steppps pair --device {device} {session.pairing.code}
      </code>{" "}
      until {formatTime(session.pairing.until)}
    </div>
  );
}
