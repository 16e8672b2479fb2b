// Given to node with --import: a supervisor run from its sources then records what versions do in every other slot only.
import { Tally } from "../../../runtime/script/workflow/record.ts";
import { isObserved, nextSlot } from "./slots.ts";

const { ran, committed, failed, gaveUp } = Tally.prototype;
const nothing = { ran() {}, committed() {}, failed() {}, gaveUp() {} };

async function turns(): Promise<void> {
  Object.assign(Tally.prototype, isObserved() ? { ran, committed, failed, gaveUp } : nothing);
  await nextSlot();
  return turns();
}
void turns();
