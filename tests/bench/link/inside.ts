import { execFileSync, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import type { LinkOptions } from "./lossy-link.ts";
import { relay } from "./relay.ts";

/**
 * Runs in a network namespace of its own, whose only device is the loopback: makes that a poor link, and runs the command there.
 *
 *   command ──TCP over lo: tbf holds the rate, a filter drops packets──▶ relay ──unix socket──▶ the broker outside
 */
interface Job {
  readonly command: readonly string[];
  readonly options: LinkOptions;
  readonly socket: string;
  readonly stats: string;
}

const { command, options, socket, stats } = JSON.parse(process.argv[2] as string) as Job;
const tc = (...args: string[]) => execFileSync("tc", args);

/** Packets are whole frames of an Ethernet, which is what the bucket counts. */
execFileSync("ip", ["link", "set", "lo", "mtu", "1500", "up"]);
tc("qdisc", "add", "dev", "lo", "root", "tbf", "rate", `${options.rateKbit}kbit`, "burst", "1600", "latency", "3000ms");
tc("qdisc", "add", "dev", "lo", "ingress");
lose(options.lossPercent, "add");

const link = await relay({ dial: () => connect(socket) });
let cuts = 0;
const cutting = setInterval(() => {
  cuts++;
  lose(100, "replace");
  link.cut(options.cutMillis);
  setTimeout(() => lose(options.lossPercent, "replace"), options.cutMillis);
}, options.cutEveryMillis);

const [program, ...args] = command.map((word) => word.replaceAll("{broker}", `mqtt://127.0.0.1:${link.port}`));
const child = spawn(program as string, args, { stdio: "inherit" });
const code = await new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
clearInterval(cutting);
link.close();
writeFileSync(stats, JSON.stringify({ cuts, retransmitted: retransmitted() }));
process.exit(code ?? 1);

/**
 * Classic BPF, by which tc asks of each packet whether it goes on; "ld rand" is Linux's extension at offset -4096 + 56:
 *
 *   ld rand │ jge #share, 1, 0 │ ret #2 (TC_ACT_SHOT) │ ret #0 (TC_ACT_OK)
 */
function lose(percent: number, verb: "add" | "replace"): void {
  const share = Math.min(0xffff_ffff, Math.round((percent / 100) * 2 ** 32));
  const program = percent >= 100 ? "1,6 0 0 2" : `4,32 0 0 4294963256,53 1 0 ${share},6 0 0 2,6 0 0 0`;
  tc(
    "filter",
    verb,
    "dev",
    "lo",
    "parent",
    "ffff:",
    "handle",
    "1",
    "pref",
    "1",
    "protocol",
    "all",
    "bpf",
    "bytecode",
    program,
    "da",
  );
}

/** RetransSegs of this namespace's TCP. */
function retransmitted(): number {
  const [names = "", values = ""] = readFileSync("/proc/net/snmp", "utf8")
    .split("\n")
    .filter((line) => line.startsWith("Tcp:"));
  return Number(values.split(" ")[names.split(" ").indexOf("RetransSegs")]);
}
