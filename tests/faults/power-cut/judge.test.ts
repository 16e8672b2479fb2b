import { expect, test } from "vitest";
import type { Moment } from "./history.ts";
import { type FaultKind, type Finding, judge } from "./judge.ts";

const eventsAt = ({ bytes }: Moment) => bytes;
const moment = (bytes: number): Moment => ({ start: 0, bytes });

const PROMISED = {
  messages: [
    { number: "loose-1", acknowledged: moment(10), again: false },
    { number: "loose-2", acknowledged: moment(20), again: true },
    { number: "exact-1", acknowledged: moment(30), again: true },
    { number: "loose-3", again: false },
  ],
  deploys: [
    { version: "1.0.0", moment: moment(5) },
    { version: "1.1.0", moment: moment(25) },
  ],
  layers: [
    { version: "1.0.0", moment: moment(7) },
    { version: "1.1.0", moment: moment(27) },
  ],
  updates: [{ version: "2", moment: moment(40) }],
  envelopes: { "1.0.0": "one", "1.1.0": "two" },
  layerFiles: { "1.0.0": "first", "1.1.0": "second" },
  document: "name: edge\n",
};

function layer(version: string, sha256: string): Finding["data"]["layers"] {
  return [{ as: "current", version, sha256 }];
}

/** A card on which all is well at event 50. */
function finding(
  change: {
    table?: string[];
    boot?: Partial<Finding["boot"]>;
    data?: Partial<Finding["data"]>;
    roots?: Finding["roots"];
    entered?: Finding["entered"];
  } = {},
): Finding {
  return {
    table: change.table ?? [],
    boot: {
      starts: [{ slot: "b", version: "2" }],
      rootHashes: { a: undefined, b: undefined },
      document: "name: edge\n",
      problems: [],
      ...change.boot,
    },
    entered: change.entered ?? (change.boot?.starts ?? [{ slot: "b" as const }]).map(({ slot }) => slot),
    roots: { a: "1", b: "2", ...change.roots },
    data: {
      repaired: false,
      journal: "recovered",
      plugin: { version: "1.1.0", envelope: "two" },
      layers: [{ as: "current", version: "1.1.0", sha256: "second" }],
      counted: new Map([
        ["loose-1", 1],
        ["loose-2", 2],
        ["exact-1", 1],
      ]),
      pending: new Set(),
      problems: [],
      ...change.data,
    },
  };
}

test("finds nothing wrong where nothing is", () => {
  expect(judge(finding(), PROMISED, 50, eventsAt)).toEqual([]);
});

test("what was not promised yet need not be there", () => {
  const early = finding({
    boot: { starts: [{ slot: "a", version: "1" }] },
    data: { plugin: undefined, counted: new Map() },
  });
  expect(judge(early, PROMISED, 4, eventsAt)).toEqual([]);
  expect(judge(early, PROMISED, 5, eventsAt)).toEqual([
    { kind: "torn", text: expect.stringMatching(/^version 1.0.0 of the plugin was at work/) },
  ]);
});

const CASES: readonly (readonly [string, Parameters<typeof finding>[0], FaultKind, RegExp])[] = [
  [
    "a lost message",
    { data: { counted: new Map([["loose-1", 1]]) } },
    "lost",
    /^2 acknowledged messages are lost: loose-2, exact-1$/,
  ],
  [
    "one that QoS 2 had twice",
    { data: counted({ "exact-1": 2 }) },
    "repeated",
    /^counted another .* than once: exact-1 2 times$/,
  ],
  ["one that nobody sent", { data: counted({ "other-9": 1 }) }, "repeated", /^counted and never sent: other-9$/],
  ["a slot whose root is another's", { roots: { a: "1", b: "1" } }, "unbootable", /^slot b is not whole/],
  ["a slot of two versions", { boot: { starts: [{ slot: "b", version: undefined }] } }, "unbootable", /^slot b is not whole/],
  [
    "the image of before",
    { boot: { starts: [{ slot: "a", version: "1" }] } },
    "torn",
    /^slot a starts with 1, and 2 was at work/,
  ],
  ["a slot that PID 1 leaves", { entered: ["a"] }, "unbootable", /^PID 1 leaves slot b, which the boot loader names$/],
  ["no partition table", { table: ["there is no header"] }, "unbootable", /^there is no header$/],
  ["nothing that starts", { boot: { starts: [] } }, "unbootable", /^nothing starts$/],
  [
    "half a plugin",
    { data: { plugin: { version: "1.1.0", envelope: "one" } } },
    "torn",
    /^version 1.1.0 of the plugin is not whole$/,
  ],
  ["no layer", { data: { layers: [] } }, "torn", /^version 1.1.0 of the layer was mounted, not undefined$/],
  ["the layer of before", { data: { layers: layer("1.0.0", "first") } }, "torn", /^version 1.1.0 .* not 1.0.0$/],
  ["a layer that is cut short", { data: { layers: layer("1.1.0", "half") } }, "torn", /^version 1.1.0 .*current.* not whole$/],
  [
    "a layer on trial whose file is gone",
    { data: { layers: [...layer("1.1.0", "second"), { as: "trial", version: "1.1.0", sha256: undefined }] } },
    "torn",
    /trial.* not whole$/,
  ],
  ["the plugin of before", { data: { plugin: { version: "1.0.0", envelope: "one" } } }, "torn", /^version 1.1.0 .* not 1.0.0$/],
  ["another document", { boot: { document: "" } }, "damaged", /^steppps.yaml is another$/],
];

test.each(CASES)("finds %s", (_, change, kind, text) => {
  expect(judge(finding(change), PROMISED, 50, eventsAt)).toContainEqual({ kind, text: expect.stringMatching(text) });
});

function counted(more: Record<string, number>) {
  return { counted: new Map([...finding().data.counted, ...Object.entries(more)]) };
}
