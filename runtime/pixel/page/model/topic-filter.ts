import { topicMatches } from "../../../contract/topic.ts";

/** Whether `topic` is wanted by what was typed: an MQTT filter where it has wildcards, a part of the topic otherwise. */
export function wantsTopic(typed: string, topic: string): boolean {
  const filter = typed.trim();
  if (/[+#]/.test(filter)) return topicMatches(filter, topic);
  return topic.toLowerCase().includes(filter.toLowerCase());
}
