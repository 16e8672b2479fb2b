import type { BoardFacts } from "../../runtime/contract/index.ts";

/** Files of a device that no package brings, by their path. */
export function deviceFiles(facts: BoardFacts): Readonly<Record<string, string>> {
  return {
    // Nobody logs in but root, and root has no password: "*" fits none.
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "etc/group": "root:x:0:root\ntty:x:5:\nnogroup:x:65533:\nnobody:x:65534:\n",
    "etc/shadow": "root:*:::::::\nnobody:!:::::::\n",
    "etc/shells": "/bin/sh\n",
    "etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "etc/profile": "export PATH=/usr/sbin:/usr/bin:/sbin:/bin\numask 022\n",
    "usr/lib/os-release": osRelease(facts),
    "usr/lib/steppps/board.json": `${JSON.stringify(facts)}\n`,
  };
}

/** Links of a device: path and target. What changes lives in /run. */
export const DEVICE_LINKS: Readonly<Record<string, string>> = {
  "etc/mtab": "/proc/mounts",
  "etc/os-release": "../usr/lib/os-release",
  "etc/resolv.conf": "/run/resolv.conf",
};

/** Where something is mounted, or a program expects a folder. */
export const DEVICE_FOLDERS: Readonly<Record<string, number>> = {
  boot: 0o755,
  data: 0o755,
  dev: 0o755,
  mnt: 0o755,
  proc: 0o555,
  root: 0o700,
  run: 0o755,
  sys: 0o555,
  tmp: 0o1777,
  var: 0o755,
};

/** Of files that not everybody may read. */
export const MODES: Readonly<Record<string, number>> = { "etc/shadow": 0o600 };

/** os-release(5). */
function osRelease({ board, version }: BoardFacts): string {
  const fields = {
    NAME: "STEPPPS Edge",
    ID: "steppps",
    ID_LIKE: "alpine",
    PRETTY_NAME: `STEPPPS Edge ${version}`,
    VERSION_ID: version,
    IMAGE_ID: `steppps-${board}`,
    IMAGE_VERSION: version,
  };
  return lines(
    ...Object.entries(fields).map(([key, value]) => `${key}=${/^[A-Za-z0-9._-]+$/.test(value) ? value : JSON.stringify(value)}`),
  );
}

function lines(...all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join("");
}
