import { utf8 } from "./bytes.ts";
import { StepppsError } from "./errors/index.ts";

const MAX_BYTES = 65_535;
const MAX_LEVELS = 128;

/** `topic` when it is a topic name one may publish to [MQTT-3.3.2-2, MQTT-4.7.3-1]; throws E_TOPIC. */
export function parseTopic(topic: string): string {
  if (!fits(topic) || topic.includes("+") || topic.includes("#")) throw new StepppsError("E_TOPIC", JSON.stringify(clip(topic)));
  return topic;
}

/** `filter` when it is a topic filter one may subscribe with [MQTT-4.7.1-2, MQTT-4.7.1-3]; throws E_TOPIC_FILTER. */
export function parseTopicFilter(filter: string): string {
  const levels = filter.split("/");
  const wrong = levels.some(
    (level, i) => (level.includes("#") && (level !== "#" || i !== levels.length - 1)) || (level.includes("+") && level !== "+"),
  );
  if (!fits(filter) || wrong) throw new StepppsError("E_TOPIC_FILTER", JSON.stringify(clip(filter)));
  return filter;
}

/** Whether `topic` matches `filter`. Topics that begin with '$' match no filter that begins with a wildcard [MQTT-4.7.2-1]. */
export function topicMatches(filter: string, topic: string): boolean {
  if (topic.startsWith("$") && (filter.startsWith("+") || filter.startsWith("#"))) return false;
  const want = filter.split("/");
  const have = topic.split("/");
  for (let i = 0; i < want.length; i++) {
    if (want[i] === "#") return true;
    if (i >= have.length || (want[i] !== "+" && want[i] !== have[i])) return false;
  }
  return want.length === have.length;
}

/** Whether every topic that matches `inner` also matches `outer`: a capability for `outer` covers `inner`. */
export function filterCovers(outer: string, inner: string): boolean {
  if (inner.startsWith("$") && (outer.startsWith("+") || outer.startsWith("#"))) return false;
  const want = outer.split("/");
  const have = inner.split("/");
  for (let i = 0; i < want.length; i++) {
    if (want[i] === "#") return true;
    if (i >= have.length || have[i] === "#") return false;
    if (want[i] !== "+" && (have[i] === "+" || want[i] !== have[i])) return false;
  }
  return want.length === have.length;
}

function fits(topic: string): boolean {
  return (
    topic.length > 0 &&
    !topic.includes("\0") &&
    utf8(topic).length <= MAX_BYTES &&
    topic.split("/").length <= MAX_LEVELS &&
    topic.isWellFormed()
  );
}

function clip(topic: string): string {
  return topic.length > 80 ? `${topic.slice(0, 80)}…` : topic;
}
