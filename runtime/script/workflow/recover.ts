import type { Journal } from "../../store/index.ts";
import { StateImage } from "./image.ts";
import type { Recovered } from "./ports.ts";
import { readProbation, readRerun } from "./probation.ts";

/** A plugin's committed rows: where it goes on from. `stateBytes` bounds what it may keep. */
export async function recover(journal: Journal, plugin: string, nextSeq: number, stateBytes: number): Promise<Recovered> {
  const [state, timers, requests, schedules, pending, unsent, checkpoints, last, dead, probations, reruns] = await Promise.all([
    journal.read("state.all", plugin),
    journal.read("timer.all", plugin),
    journal.read("inference.all", plugin),
    journal.read("schedule.all", plugin),
    journal.read("pending.all", plugin),
    journal.read("batch.unsent", plugin),
    journal.read("checkpoint.list", plugin),
    journal.read("batch.last", plugin, 1),
    journal.read("dead.all", plugin, 1),
    journal.read("probation.head", plugin),
    journal.read("rerun.one", plugin),
  ]);
  const probation = readProbation(probations);
  const rerun = readRerun(reruns);
  const again = (id: number) => rerun?.source === plugin && id >= rerun.next && id < rerun.end;
  const rows = pending.map((row) => ({ ...row, id: Number(row.id) }));
  const numbers = [
    nextSeq,
    ...last.map((row) => row.seq + row.count),
    ...rows.map((row) => row.id + 1),
    ...dead.map((row) => Number(row.id) + 1),
    ...[probation?.seq ?? 0, rerun?.source === plugin ? rerun.end : 0],
  ];
  return {
    image: new StateImage(
      state.map((row) => [row.key, row.value]),
      stateBytes,
    ),
    nextSeq: Math.max(...numbers),
    timers,
    requests,
    schedules: new Map(schedules.map((row) => [row.handler, row.due])),
    pending: rows.filter(({ id }) => !again(id)),
    unsent,
    checkpoints,
    probation,
    rerun,
  };
}
