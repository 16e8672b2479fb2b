import { join } from "node:path";
import { FIRST_DOCUMENT } from "../../runtime/boot/first-document.ts";
import type { BoardFacts } from "../../runtime/contract/index.ts";
import type { StagedFile } from "../steps/stage.ts";
import { SUPERVISOR } from "../supervisor/layout.ts";
import { DOCUMENT, MAKE_USER, SERVICE, SETTINGS } from "./openrc.ts";
import type { PackageContent } from "./package.ts";

/** What of an image's `/usr/lib/steppps` runs on any Node 24: the start-up snapshot is one Node's own, the rest is PID 1's. */
export const SUPERVISOR_FILES = ["supervisor.cjs", "store-thread.cjs", "page.json", "wasmtime.node", "libwasmtime.so"] as const;

/** The Node that it was tested with; Alpine 3.23 has it in `main`. Fuzzy: any 24. */
const NODE = "cmd:node~24";

/** The supervisor as a service of an Alpine. `base` as `baseFolder` makes it. */
export function supervisorPackage(
  base: string,
  facts: Omit<BoardFacts, "board" | "bootControl">,
  version: string,
): PackageContent {
  const inside = SUPERVISOR.folder.slice(1);
  const board: BoardFacts = { ...facts, board: "alpine", bootControl: "none" };
  const text = (path: string, bytes: string, mode = 0o644): StagedFile => ({ path, mode, content: { bytes } });
  return {
    name: "steppps",
    version,
    description: "Runs people's automations safely: supervisor, broker and page",
    license: "Apache-2.0",
    depends: [NODE],
    provides: [],
    files: [
      ...SUPERVISOR_FILES.map((name) => ({ path: `${inside}/${name}`, content: { from: join(base, inside, name) } })),
      text(`${inside}/board.json`, `${JSON.stringify(board)}\n`),
      text("etc/init.d/steppps", SERVICE, 0o755),
      text("etc/conf.d/steppps", SETTINGS),
      text(DOCUMENT.slice(1), FIRST_DOCUMENT),
    ],
    scripts: { "pre-install": MAKE_USER, "pre-upgrade": MAKE_USER },
  };
}
