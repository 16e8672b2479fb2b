import { Bench } from "./first-process/bench.ts";
import {
  type Case,
  closesWhatIsOpen,
  endsAHang,
  endsAsAsked,
  ignoresACopyOnAStick,
  leavesADamagedRoot,
  leavesAFailingSlot,
  mendsData,
  refusesToRunByHand,
  startsWithABadCard,
  staysWithTheDiskItWasStartedFrom,
  switchesCablesOn,
} from "./first-process/cases.ts";
import type { Subject } from "./subject.ts";

/** Those that mostly wait, and beside them the others one after the other. */
const LANES: readonly (readonly Case[])[] = [
  [endsAHang, leavesAFailingSlot],
  [
    refusesToRunByHand,
    closesWhatIsOpen,
    endsAsAsked,
    switchesCablesOn,
    leavesADamagedRoot,
    mendsData,
    startsWithABadCard,
    ignoresACopyOnAStick,
    staysWithTheDiskItWasStartedFrom,
  ],
];

/** What PID 1 does when something goes wrong. */
export async function firstProcess({ board, folder, tools }: Subject): Promise<void> {
  const bench = new Bench(board, folder, tools);
  const lanes = await Promise.allSettled(
    LANES.map(async (lane) => {
      for (const one of lane) {
        const started = Date.now();
        await one(bench);
        process.stdout.write(`  ${one.name}: ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
      }
    }),
  );
  for (const lane of lanes) if (lane.status === "rejected") throw lane.reason;
}
