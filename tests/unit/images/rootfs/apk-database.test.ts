import { expect, test } from "vitest";
import { readApkDatabase } from "../../../../images/rootfs/apk-database.ts";
import { selected } from "../../../../images/rootfs/selection.ts";

const SAMPLE = `C:Q1Kx6gkBCLzQTVkmv7xUMOOF6WnYU=
P:e2fsprogs
V:1.47.3-r0
T:Standard Ext2/3/4 filesystem utilities
U:https://e2fsprogs.sourceforge.net/
L:GPL-2.0-or-later AND MIT
c:00f1c5f4b16e16ff5dc6ac6dc97e8445e842fecb
F:etc
R:mke2fs.conf
Z:Q1QaOwqGIM11+7X52en/ZNXvT7/VI=
F:sbin
R:e2fsck
a:0:0:755
Z:Q1wsrjCesK5IVzaJkRpfuN5lyGyXM=

P:empty
V:1
F:var
`;

test("packages come with their files, each with its mode and the hash of its content", () => {
  const [e2fsprogs, empty] = readApkDatabase(SAMPLE);
  expect(e2fsprogs).toMatchObject({ name: "e2fsprogs", version: "1.47.3-r0", license: "GPL-2.0-or-later AND MIT" });
  expect(e2fsprogs?.files).toEqual([
    { path: "etc/mke2fs.conf", mode: 0o644, sha1: Buffer.from("QaOwqGIM11+7X52en/ZNXvT7/VI=", "base64") },
    { path: "sbin/e2fsck", mode: 0o755, sha1: Buffer.from("wsrjCesK5IVzaJkRpfuN5lyGyXM=", "base64") },
  ]);
  expect(empty?.files).toEqual([]);
});

test("a selection names files, or the beginning of their names", () => {
  expect(selected("bin/busybox", ["bin/busybox"])).toBe(true);
  expect(selected("bin/busybox.static", ["bin/busybox"])).toBe(false);
  expect(selected("usr/lib/libe2p.so.2.3", ["usr/lib/libe2p.so.*"])).toBe(true);
  expect(selected("usr/lib/libss.so.2", ["usr/lib/libe2p.so.*"])).toBe(false);
});
