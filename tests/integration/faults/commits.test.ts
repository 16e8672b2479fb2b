import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FaultPoint } from "../../../runtime/contract/index.ts";
import { GroupWriter } from "../../../runtime/store/group.ts";
import type { Op } from "../../../runtime/store/index.ts";
import { unpackRows } from "../../../runtime/store/rows.ts";
import { Store } from "../../../runtime/store/thread/store.ts";
import { fillDisk, mountSmallDisk } from "../../support/small-disk.ts";

const LIMIT = 64 * 1024 * 1024;
const LARGE = 500_000;

function groupOf(ops: readonly Op[]): Uint8Array {
  const writer = new GroupWriter(new ArrayBuffer(1024));
  writer.add(ops);
  const { bytes } = writer;
  return new Uint8Array(writer.take(), 0, bytes);
}

const batch = (seq: number): Op => ["batch.add", "p", seq, 1, "1.0.0", new Uint8Array(LARGE), new Uint8Array(0)];
const numbers = (store: Store) => unpackRows(store.read("batch.after", ["p", -1, 100])).map(({ seq }) => seq);

/** Whether the commit that the point is in counts. */
const POINTS: readonly [FaultPoint, boolean][] = [
  ["commit:before-write", false],
  ["commit:after-write", false],
  ["commit:after-commit", true],
];

test.each(POINTS)(
  "the disk becomes full at %s: a commit is there or it isn't, and others follow when there is room",
  (at, counts) => {
    const disk = mountSmallDisk(16 * 1024);
    if (!disk) throw new Error("this test fills a disk of its own: run it as root");
    const file = join(disk.folder, "journal.db");
    let armed = false;
    const faults = {
      pass(point: FaultPoint) {
        if (!armed || point !== at) return;
        armed = false;
        fillDisk(disk.folder);
      },
    };
    let store = Store.open(file, LIMIT, faults);
    try {
      expect(store.commit(groupOf([batch(0)]))).toBeUndefined();
      store.rest();
      armed = true;
      const failures = store.commit(groupOf([batch(1), batch(2), batch(3)]));
      if (counts) expect(failures).toBeUndefined();
      else expect(failures).toMatchObject([{ code: "E_STORE_FULL" }]);
      const there = counts ? [0, 1, 2, 3] : [0];
      expect(armed).toBe(false);
      expect(numbers(store)).toEqual(there);
      // Of what does not fit nothing is taken, however often it is asked for; what is there stays.
      for (let i = 0; i < 3; i++)
        expect(store.commit(groupOf([4, 5, 6, 7, 8].map(batch)))).toMatchObject([{ code: "E_STORE_FULL" }]);
      expect(numbers(store)).toEqual(there);

      rmSync(join(disk.folder, "ballast"));
      expect(store.commit(groupOf([batch(9)]))).toBeUndefined();
      store.close();
      store = Store.open(file, LIMIT, faults);
      expect(store.opened.state).toBe("clean");
      expect(numbers(store)).toEqual([...there, 9]);
    } finally {
      store.close();
      disk.unmount();
    }
  },
);
