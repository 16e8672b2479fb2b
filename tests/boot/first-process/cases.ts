import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { copyFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { buildInit } from "../../../images/kernel/init.ts";
import { hostArch, readLock } from "../../../images/lock/lock.ts";
import { imagePlaces } from "../../../images/steps/places.ts";
import type { Bench } from "./bench.ts";

/** A property of PID 1, and how it is seen. */
export type Case = (bench: Bench) => Promise<void>;

/** Which of its starts a run is: kept where no factory reset deletes it. */
const COUNT = "mkdir -p /data/steppps; n=$(cat /data/steppps/n || echo 0); n=$((n + 1)); echo $n >/data/steppps/n; sync";

/** Ends with every exit code that means something; what it leaves behind does not live on. */
export const endsAsAsked: Case = async (bench) => {
  const device = await bench.device(
    `${COUNT}
trap 'say asked to end; exit 0' TERM
case $n in
1) beat; touch /data/other /data/log/kept; (sleep 0.1 &); /bin/busybox setsid sleep 5000 & sleep 1; say first; exit 3;;
2) beat; say left $(ps | grep -c '[s]leep 5000') zombies $(cat /proc/[0-9]*/stat 2>/dev/null | grep -c ') Z '); exit 0;;
3) exit 7;;
4) beat; say reset \${STEPPPS_FACTORY_RESET-no} slot $STEPPPS_SLOT argument $(ls /run/steppps/reboot-argument 2>/dev/null); exit 66;;
5) beat; say reset \${STEPPPS_FACTORY_RESET-no} other $(ls -d /data/other 2>/dev/null) kept $(ls -d /data/log/kept); rm /data/.factory-reset; exit 65;;
6) beat; say reset \${STEPPPS_FACTORY_RESET-no}; kill -USR2 1; while :; do sleep 0.1; done;;
esac
`,
    { fallback: "beat; say fallback; printf '0 tryboot' >/run/steppps/reboot-argument; exit 64\n" },
  );
  const { console } = device;
  try {
    await device.start();
    await console.line(/^test first$/);
    await console.line(/^steppps: supervisor \d+ ended with 3$/);
    await console.line(/^test left 0 zombies 0$/);
    await console.line(/^steppps: supervisor \d+ ended with 0$/);
    await console.line(/^steppps: supervisor \d+ ended with 7$/);
    await console.line(/^test fallback$/);
    await console.line(/^test reset no slot a argument$/);
    await console.line(/^test reset 1 other kept \/data\/log\/kept$/);
    assert.equal(await device.ended(), "power-off");
    assert.equal(device.starts, 3);
    await device.start();
    await console.line(/^test reset no$/);
    await console.line(/^test asked to end$/);
    assert.equal(await device.ended(), "power-off");
    assert.equal(device.starts, 4);
  } finally {
    await device.cutPower();
  }
};

/** What the kernel leaves open unless it is told: none of it is, when the supervisor starts. */
export const closesWhatIsOpen: Case = async (bench) => {
  const device = await bench.device(
    "beat; cd /proc/sys; say $(grep . kernel/yama/ptrace_scope kernel/*_restrict fs/protected_*); exec sleep 1000\n",
  );
  const { console } = device;
  try {
    await device.start();
    const [line] = await console.line(/^test kernel\/yama\/.*$/);
    assert.deepEqual(line.split(" ").slice(1).sort(), [
      "fs/protected_fifos:1",
      "fs/protected_hardlinks:1",
      "fs/protected_regular:1",
      "fs/protected_symlinks:1",
      "kernel/dmesg_restrict:1",
      "kernel/kptr_restrict:1",
      "kernel/yama/ptrace_scope:1",
    ]);
    assert.equal(console.lines.filter((each) => /settings/.test(each)).length, 0);
  } finally {
    await device.cutPower();
  }
};

/** What the supervisor left for it: address and way out are there before the supervisor, as long as the document is the same. */
export const switchesCablesOn: Case = async (bench) => {
  const document = "name: hall\n";
  const sum = (text: string) => crc32(text).toString(16).padStart(8, "0");
  const device = await bench.device(
    `${COUNT}
leave() { echo "steppps network 1 $1" >/data/steppps/network; shift; for line; do echo "$line" >>/data/steppps/network; done; sync; }
mac=$(cat /sys/class/net/eth0/address)
beat
routes=
while read -r link to way flags references uses metric mask others; do [ $link = eth0 ] && routes="$routes $to $way $metric $mask"; done </proc/net/route
say is $(cat /sys/class/net/eth0/flags) $(grep -c 10.0.2.15 /proc/net/fib_trie)$routes
case $n in
1) leave ${sum(document)} "eth0 $mac 10.0.2.15 24 10.0.2.2 100"; exit 64;;
2) leave ${sum("name: another\n")} "eth0 $mac 10.0.2.15 24 10.0.2.2 100"; exit 64;;
3) leave ${sum(document)} "eth0 52:54:00:00:00:99 10.0.2.15 24 10.0.2.2 100" "eth0" "${" ".repeat(3000)}"; exit 64;;
4) leave ${sum(document)} "eth0 $mac - - - 100"; exit 64;;
esac
exec sleep 1000
`,
    { network: true },
  );
  const { console } = device;
  const [off, on] = ["0x1002", "0x1003"];
  const next = async (from: number) => {
    await console.line(/^test is .*$/, from);
    return console.lines.findIndex((line, at) => at >= from && line.startsWith("test is ")) + 1;
  };
  try {
    await (await device.card()).writeText("steppps.yaml", document);
    await device.start();
    let at = 0;
    const seen: string[] = [];
    for (let i = 0; i < 5; i++) {
      at = await next(at);
      seen.push((console.lines[at - 1] ?? "").trim());
    }
    assert.deepEqual(seen, [
      `test is ${off} 0`,
      `test is ${on} 2 00000000 0202000A 100 00000000 0002000A 00000000 0 00FFFFFF`,
      `test is ${off} 0`,
      `test is ${off} 0`,
      `test is ${on} 0`,
    ]);
  } finally {
    await device.cutPower();
  }
};

/** A slot that was good and whose supervisor fails all the time: six times, then a restart; after two of those the other slot is at work. */
export const leavesAFailingSlot: Case = async (bench) => {
  const device = await bench.device(`case $STEPPPS_SLOT in
a) beat; exit 1;;
b) beat; say slot $STEPPPS_SLOT with $(cat /etc/mark); grep ^slot /run/steppps/boot; exec sleep 1000;;
esac
`);
  await device.fill("b", await bench.slot("b"));
  const { console } = device;
  try {
    await device.start();
    await console.line(/^test slot b with b$/);
    await console.line(/^slot \d+ slot a did not come up, slot b is started in its place$/);
    const count = (pattern: RegExp) => console.lines.filter((line) => pattern.test(line)).length;
    assert.equal(count(/^steppps: supervisor \d+ ended with 1$/), 12);
    assert.equal(count(/too many failures/), 2);
    assert.deepEqual(device.slots, ["a", "a", "a"]);
  } finally {
    await device.cutPower();
  }
};

/** A root that is damaged: after five starts that came to nothing the other slot is at work. */
export const leavesADamagedRoot: Case = async (bench) => {
  const device = await bench.device("beat; say slot $STEPPPS_SLOT with $(cat /etc/mark); exec sleep 1000\n");
  await device.fill("b", await bench.slot("b"));
  await device.overwrite("root-a", Buffer.from([0xff, 0xff]), 1100);
  const { console } = device;
  try {
    await device.start();
    await console.line(/^test slot b with b$/);
    assert.equal(device.starts, 6);
  } finally {
    await device.cutPower();
  }
};

/** A supervisor that hangs is killed and started again; when PID 1 itself hangs, the watchdog starts the machine again. */
export const endsAHang: Case = async (bench) => {
  const device = await bench.device(`${COUNT}
case $n in
1) beat; say silent; exec sleep 1000;;
2) beat; say freezing; mkdir /sys/fs/cgroup/ice; echo 1 >/sys/fs/cgroup/ice/cgroup.procs; echo 1 >/sys/fs/cgroup/ice/cgroup.freeze; exec sleep 1000;;
3) beat; say again; exec sleep 1000;;
esac
`);
  const { console } = device;
  try {
    await device.start();
    await console.line(/^test silent$/);
    await console.line(/^steppps: supervisor \d+ no heartbeat, ended by signal 9$/);
    await console.line(/^test freezing$/);
    await console.line(/^test again$/);
    assert.equal(device.starts, 2);
    assert.ok(device.watchdogFired);
  } finally {
    await device.cutPower();
  }
};

/** Damage to the data partition that can be mended is, and is said; one that is lost is replaced only when somebody asks. */
export const mendsData: Case = async (bench) => {
  const device = await bench.device(`${COUNT}
beat; say data $(stat -f -c %T /data) reset \${STEPPPS_FACTORY_RESET-no}; [ $n = 2 ] || sync; exit 65
`);
  const { console } = device;
  try {
    await device.start();
    await console.line(/^test data ext2\/ext3 reset no$/);
    assert.equal(await device.ended(), "power-off");
    await device.damageData(["clri log", "dirty"]);
    await device.start();
    await console.line(/^steppps: check \d+ damage was repaired/);
    await device.ended();
    await device.overwrite("data", Buffer.alloc(1 << 20));
    await device.start();
    await console.line(/^steppps: data \d+ mount: /);
    await console.line(/^test data tmpfs reset no$/);
    await device.ended();
    await (await device.card()).writeText("factory-reset", "");
    await device.start();
    await console.line(/^steppps: partition \d+ data was made anew/);
    await console.line(/^test data ext2\/ext3 reset 1$/);
    await device.ended();
  } finally {
    await device.cutPower();
  }
};

/** Without a FAT partition that can be read, and with a card that takes no writes, the supervisor is there and PID 1 says what is wrong. */
export const startsWithABadCard: Case = async (bench) => {
  const scenario = "beat; say card, data $(stat -f -c %T /data); exit 65\n";
  const unreadable = await bench.device(scenario);
  const { console, emulator } = await unreadable.startWith(() => unreadable.overwrite("boot", Buffer.alloc(4096)));
  try {
    await console.line(/^test no card, boot \d+ mount: Invalid argument, data is ext2\/ext3$/);
  } finally {
    await emulator.stop();
  }
  const device = await bench.device(scenario, { readOnly: true });
  try {
    await device.start();
    await device.console.line(/^steppps: data \d+ the disk takes no writes$/);
    await device.console.line(/^test card, data tmpfs$/);
    assert.equal(await device.ended(), "power-off");
  } finally {
    await device.cutPower();
  }
};

const FROM = "beat; say from $(cat /etc/mark) on $(sed -n 's,/dev/\\([a-z]*\\).* /data .*,\\1,p' /proc/mounts); exit 65\n";

/** A stick that is a copy of the card is never taken for it, nor is anything of it changed. */
export const ignoresACopyOnAStick: Case = async (bench) => {
  const other = await bench.device(FROM);
  await truncate(other.disk, 600 << 20);
  const device = await bench.device(FROM, { usbDisks: [other.disk] });
  await copyFile(other.disk, `${other.disk}.before`);
  try {
    await device.start();
    await device.console.line(/^test from a on vd/);
    assert.equal(await device.ended(), "power-off");
    await promisify(execFile)("cmp", [other.disk, `${other.disk}.before`]);
  } finally {
    await device.cutPower();
  }
};

/** Started from a stick by UEFI, it stays with it, though a disk with the same partition names is built in and found first. */
export const staysWithTheDiskItWasStartedFrom: Case = async (bench) => {
  const firmware = bench.withFirmware();
  const device = await firmware.device(FROM, { diskOnUsb: true, otherDisks: [await firmware.otherCard()] });
  try {
    await device.start();
    await device.console.line(/^test from a on sd/);
    assert.equal(await device.ended(), "power-off");
  } finally {
    await device.cutPower();
  }
};

/** Started by hand, it would mount over the running machine's own folders. */
export const refusesToRunByHand: Case = async () => {
  const arch = hostArch() === "arm64" ? "arm64" : "x86_64";
  const init = await buildInit(arch, readLock(), imagePlaces());
  const ended = promisify(execFile)(init, { timeout: 10_000, cwd: join(init, "..") });
  await assert.rejects(ended, { code: 1, stderr: /runs as the first process of a device only/ });
};
