import { execFileSync, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { advertise } from "../../../../runtime/boot/discovery.ts";
import { browse } from "../../../../runtime/cli/discover/browse.ts";
import type { SystemEvent } from "../../../../runtime/contract/index.ts";
import { systemProgram } from "../../../support/system.ts";

/**
 * Run in a network namespace of its own: two devices of one name, looked for by this project's own code and by Avahi, which has a
 * message bus of its own. Prints what was seen as one line of JSON.
 */
const [folder = ""] = process.argv.slice(2);
const ip = systemProgram("ip");
for (const command of [
  "link set lo up",
  "link add left type veth peer name right",
  "addr add 10.99.0.1/24 dev left",
  "link set left up",
  "link set right up",
])
  execFileSync(ip, command.split(" "));

writeFileSync(
  join(folder, "dbus.conf"),
  `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
    "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
  <busconfig><type>system</type><listen>unix:path=${folder}/bus</listen><auth>EXTERNAL</auth><policy context="default">
  <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`,
);
writeFileSync(join(folder, "avahi.conf"), "[server]\nuse-ipv6=no\nallow-interfaces=left\n[publish]\ndisable-publishing=yes\n");
const env = { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${folder}/bus` };
const start = (program: "dbus-daemon" | "avahi-daemon", ...args: string[]) =>
  spawn(systemProgram(program), args, { env, stdio: "ignore" });
const children = [start("dbus-daemon", `--config-file=${folder}/dbus.conf`, "--nofork")];
await sleep(500);
children.push(start("avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits", "-f", join(folder, "avahi.conf")));

const events: Omit<SystemEvent, "time">[] = [];
const shared = {
  device: "edge",
  version: "1.2.3",
  events: { emit: (event: Omit<SystemEvent, "time">) => void events.push(event) },
  interfaces: ["left"],
};
const look = () => browse({ millis: 2_500, signal: new AbortController().signal });
/** As `avahi-browse --resolve --parsable --terminate` prints them: one line a service that begins with "=". */
const avahi = () =>
  execFileSync(systemProgram("avahi-browse"), ["-rpt", "_steppps._tcp"], { env, encoding: "utf8", timeout: 20_000 })
    .split("\n")
    .filter((line) => line.startsWith("=") && line.includes("IPv4"))
    .map((line) => line.split(";"))
    .map(([, , , name, , , host, address, port, txt]) => ({ name, host, address, port, txt }));
try {
  const first = await advertise({ ...shared, port: 1883, tlsPort: 8883, paired: false });
  const second = await advertise({ ...shared, port: 1884, paired: true });
  const two = await look();
  const byAvahi = avahi();
  first.paired();
  await second.close();
  await sleep(1_500);
  const one = await look();
  await first.close();
  process.stdout.write(`${JSON.stringify({ two, byAvahi, one, none: await look(), events })}\n`);
} finally {
  for (const child of children) child.kill();
}
