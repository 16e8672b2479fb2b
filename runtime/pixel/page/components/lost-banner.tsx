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
