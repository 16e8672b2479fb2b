import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NODE_FLAGS } from "../../runtime/platform/index.ts";
import { run } from "../steps/run.ts";
import { underFlagsOf } from "./code-caches.ts";
import { SUPERVISOR } from "./layout.ts";

/** For the same bytes each time: no random seeds, no work on threads that come in when they like. V8 takes the result without them. */
const REPRODUCIBLE = ["--predictable", "--single-threaded", "--random-seed=1", "--no-warnings"];

/**
 * Makes the start-up snapshot beside the bundle in `root`, a device's whole tree: Node's heap with everything loaded and evaluated,
 * which a start then neither reads nor compiles again [nodejs.org/api/cli.html, --build-snapshot].
 *
 * `emulator` is qemu-user for the tree's architecture, on a machine of that architecture too: what V8 finds out about the processor,
 * and the file names that a snapshot holds, are then the same everywhere.
 */
export async function buildSnapshot(root: string, emulator: string): Promise<void> {
  // qemu-user looks for a path below -L first: Node reads `/usr/lib/steppps/…` there. What it writes it writes beside us.
  const machine = ["-L", root, "-0", "node", "-E", "LD_LIBRARY_PATH=/usr/lib", join(root, "usr/bin/node")];
  const build = (flags: readonly string[], script: string, blob: string) =>
    run(emulator, [...machine, ...flags, "--snapshot-blob", blob, "--build-snapshot", script], { cwd: root, env: {} });
  await build([...NODE_FLAGS, ...REPRODUCIBLE], SUPERVISOR.bundle, `.${SUPERVISOR.snapshot}`);
  const work = await mkdtemp(join(tmpdir(), "steppps-snapshot-"));
  try {
    const [script, example] = [join(work, "empty.js"), join(work, "example.blob")];
    await writeFile(script, "");
    await build([...NODE_FLAGS, "--no-warnings"], script, example);
    const snapshot = join(root, SUPERVISOR.snapshot);
    await writeFile(snapshot, underFlagsOf(await readFile(example), await readFile(snapshot)));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
