import { spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, spawnSteppps, startSupervisor, steppps } from "../support/cli.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** A fenced block of the tutorial: its language, what its info string says, and its text. */
interface Block {
  readonly language: string;
  readonly info: Readonly<Record<string, string>>;
  readonly text: string;
}

function readBlocks(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w+)([^\n]*)\n([\s\S]*?)^```$/gm)].map(([, language = "", info = "", text = ""]) => ({
    language,
    info: Object.fromEntries(
      [...info.matchAll(/(\w+)=(?:"([^"]*)"|(\S+))/g)].map(([, key, quoted, bare]) => [key, quoted ?? bare]),
    ),
    text,
  }));
}

/** The words of a command line without expansions: 'quoted' ones stay whole. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
}

test("every block of the tutorial does what it says", { timeout: 240_000 }, async () => {
  const blocks = readBlocks(await readFile(join(ROOT, "docs/tutorial.md"), "utf8"));
  expect(blocks.length).toBeGreaterThan(10);
  using temp = tempFolder("tutorial");
  const folder = temp.path;
  const data = join(folder, "data");
  const device = await startSupervisor({ data }, []);
  const port = new URL(device.mqttUrl).port;
  const run = async (line: string) => {
    const [npx, program, ...args] = words(line);
    expect(npx, line).toBe("npx");
    if (program === "steppps") return steppps(args, { data, cwd: folder });
    expect(program, line).toBe("mqtt");
    return mqtt([...args, "-p", port], folder);
  };
  try {
    for (const { language, info, text } of blocks) {
      if (info.file) {
        const path = join(folder, info.file);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, text);
      } else if (language === "sh" && info.run === "dev") await develop(words(text).slice(2), { data, cwd: folder });
      else if (language === "sh" && info.run !== "device") {
        const { code, stdout, stderr } = await run(text.trim());
        expect(`${code} ${stderr}`, text).toMatch(/^0 /);
        if (info.expect) expect(stdout, text).toContain(info.expect);
      }
    }
  } finally {
    await device.stop();
  }
});

/** `plugin dev`: runs at once, and again after a save. */
async function develop(args: readonly string[], options: { data: string; cwd: string }): Promise<void> {
  const child = spawnSteppps(args, options);
  let seen = "";
  child.stdout?.setEncoding("utf8").on("data", (text) => {
    seen += text;
  });
  const runs = (times: number) => expect.poll(() => seen.split(" runs ").length - 1).toBe(times);
  try {
    await runs(1);
    const source = join(options.cwd, "fridge-watch/plugin.ts");
    await writeFile(source, (await readFile(source, "utf8")).replace("not today", "never"));
    await runs(2);
  } finally {
    child.kill("SIGINT");
  }
}

function mqtt(args: readonly string[], cwd: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(ROOT, "node_modules/mqtt/build/bin/mqtt.js"), ...args], { cwd });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    child.once("exit", (code) => resolve({ code, stdout: "", stderr }));
  });
}
