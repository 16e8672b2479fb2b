import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { COMMAND, SupervisorProcess } from "../contestants/supervisor.ts";
import type { CommandResult } from "../deploy/command.ts";
import { type BuiltVersion, Versions } from "../deploy/versions.ts";
import { overLossyLink, POOR_LINK } from "../link/lossy-link.ts";
import { median } from "../quantile.ts";
import type { Bench, Suite } from "../suite.ts";

const DEVICE = "bench";
/** Bytes beside the plugin's own that nothing compresses, for each run: some have to outlast a few cuts. */
const BALLAST = [0, 0, 20_000, 20_000];

const NAMES = {
  whole: "link: deploys over it that came to their end",
  resumed: "link: connections that were lost and gone on from, in all",
  seconds: "link: seconds until the plugin was at work",
  large: "link: seconds until one of twice the size was at work",
  inVain: "link: chunks sent again that the device had acknowledged",
  again: "link: chunks sent again, of those that starting from zero after each loss of the connection would have sent again",
  cuts: "link: times that the link was cut, in all",
  segments: "link: TCP segments that the kernel sent again, in all",
  bytes: "link: bytes on the wire, of the envelope",
} as const;

export const link: Suite = {
  name: "link",
  about:
    `'steppps plugin deploy FILE' with a plugin that the device has nothing of, over a link of ${POOR_LINK.rateKbit} kbit/s that loses ` +
    `${POOR_LINK.lossPercent}% of the packets, in either direction, and is cut every ${POOR_LINK.cutEveryMillis / 1000} s, for ` +
    `${POOR_LINK.cutMillis / 1000} s: a network namespace of its own, whose loopback has a token bucket (tbf) and a packet filter that drops ` +
    `at random, in place of netem, which not every kernel has. ${BALLAST.length} runs side by side, each over a link of its own to a device of its own; medians.`,
  expects: [
    { name: NAMES.whole, unit: "%", bound: ">= 100" },
    { name: NAMES.resumed, unit: "", bound: ">= 1" },
    { name: NAMES.inVain, unit: "", bound: "<= 0" },
    { name: NAMES.again, unit: "%", bound: null },
    { name: NAMES.seconds, unit: "s", bound: null },
    { name: NAMES.large, unit: "s", bound: null },
    { name: NAMES.cuts, unit: "", bound: null },
    { name: NAMES.segments, unit: "", bound: null },
    { name: NAMES.bytes, unit: "%", bound: null },
  ],
  async run(bench) {
    const { quick, results, say } = bench;
    const versions = await Versions.open();
    const built: [BuiltVersion, number][] = [];
    for (const ballast of quick ? BALLAST.slice(-1) : BALLAST) built.push([await versions.build(ballast), ballast]);
    // Side by side, each with a link of its own: nearly all of it is waiting.
    const runs = await Promise.all(built.map(([version, ballast]) => deployOver(bench, versions, version, ballast)));
    for (const { seconds, cuts, result, complaint } of runs)
      say(`  ${seconds.toFixed(1)} s, ${cuts} cuts, ${result ? JSON.stringify(result.transfer) : complaint}`);
    const whole = runs.filter((run): run is WholeRun => run.result?.ok === true);
    const secondsOf = (large: boolean) => median(whole.filter((run) => run.ballast > 0 === large).map(({ seconds }) => seconds));
    const sum = (of: (run: WholeRun) => number) => whole.reduce((all, run) => all + of(run), 0);
    results.record(NAMES.whole, (100 * whole.length) / runs.length);
    const lost = ({ result }: WholeRun) => result.transfer.connections - 1;
    const again = sum(({ result }) => result.transfer.sentTwice);
    const fromZero = sum((run) => lost(run) * run.result.transfer.chunks);
    results.record(NAMES.resumed, sum(lost));
    results.record(
      NAMES.inVain,
      sum(({ result }) => result.transfer.sentInVain),
    );
    results.record(NAMES.again, fromZero === 0 ? new Error("no connection was lost") : (100 * again) / fromZero);
    if (!quick) results.record(NAMES.seconds, secondsOf(false));
    results.record(NAMES.large, secondsOf(true));
    results.record(
      NAMES.cuts,
      sum(({ cuts }) => cuts),
    );
    results.record(
      NAMES.segments,
      sum(({ segments }) => segments),
    );
    results.record(NAMES.bytes, median(whole.map(({ bytes, size }) => (100 * bytes) / size)));
  },
};

interface Run {
  readonly result?: CommandResult;
  readonly complaint: string;
  readonly seconds: number;
  readonly cuts: number;
  readonly segments: number;
  readonly bytes: number;
  readonly size: number;
  readonly ballast: number;
}

type WholeRun = Run & { readonly result: CommandResult };

async function deployOver(
  { folder }: Bench,
  versions: Versions,
  { mark, envelope }: BuiltVersion,
  ballast: number,
): Promise<Run> {
  const home = join(folder, `link-${mark}`);
  const data = join(home, "data");
  mkdirSync(data, { recursive: true });
  const file = join(home, "heating.plugin");
  writeFileSync(file, envelope);
  await using supervisor = await SupervisorProcess.start({ data, packages: versions, document: { name: DEVICE } });
  const target = ["--data", join(home, "author"), "--broker", "{broker}", "--device", DEVICE, "--timeout", "120s", "--json"];
  const began = performance.now();
  const run = await overLossyLink([process.execPath, COMMAND, "plugin", "deploy", file, ...target], supervisor.port);
  if (run.kind !== "namespace") throw new Error("this machine lets nobody have a network namespace with a poor link in it");
  return {
    ...(run.code === 0 && { result: JSON.parse(run.stdout) as CommandResult }),
    complaint: run.stderr.trim(),
    seconds: (performance.now() - began) / 1000,
    cuts: run.cuts,
    segments: run.retransmitted ?? 0,
    bytes: run.toBroker + run.fromBroker,
    size: envelope.length,
    ballast,
  };
}
