import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

/** What a program finds in /dev, from this machine. */
const NODES = ["null", "zero", "full", "random", "urandom"];

/** `$1` is the new root. Its mounts and processes are this program's own, and go with it. */
const ENTER = `
set -e
root=$1; shift
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
for node in ${NODES.join(" ")}; do : >"$root/dev/$node"; mount --bind "/dev/$node" "$root/dev/$node"; done
exec chroot "$@"
`;

export interface ChrootOptions {
  /** By number; root where absent. */
  readonly user?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/**
 * A program in another root, which is the first process of a machine that it shares only the network with. Everything of it ends when
 * it does. Only root may do that.
 */
export class Chroot {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  #said = "";
  readonly ended: Promise<number | null>;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child;
    this.ended = once(child, "exit").then(([code]) => code);
    child.stdout.setEncoding("utf8").on("data", (text) => {
      this.#said += text;
    });
  }

  static async start(root: string, command: readonly string[], { user, env = {}, cwd }: ChrootOptions = {}): Promise<Chroot> {
    if (process.getuid?.() !== 0) throw new Error("this test starts programs in another root: run it as root");
    for (const folder of ["proc", "dev", "run", "tmp"]) await mkdir(join(root, folder), { recursive: true });
    const as = user === undefined ? [] : [`--userspec=${user}:${user}`, "--groups="];
    const inside = cwd === undefined ? command : ["/bin/sh", "-c", 'cd "$0" && exec "$@"', cwd, ...command];
    const apart = ["--mount", "--pid", "--fork", "--kill-child", "--ipc", "--uts"];
    const args = [...apart, "/bin/sh", "-c", ENTER, "sh", root, ...as, root, ...inside];
    const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    return new Chroot(spawn("unshare", args, { stdio: ["pipe", "pipe", "inherit"], env: { PATH, ...env } }));
  }

  /** All of its standard output so far. */
  get said(): string {
    return this.#said;
  }

  /** To the program: the only child of the one that keeps its machine apart. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    const program = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim());
    if (Number.isInteger(program) && program > 0) process.kill(program, signal);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** A line to its standard input. */
  tell(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }
}
