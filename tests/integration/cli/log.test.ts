import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { spawnSteppps, startSupervisor, steppps } from "../../support/cli.ts";
import { tempFolder } from "../../support/temp-folder.ts";

function dataWith(document: string): string {
  const folder = tempFolder("steppps-log");
  onTestFinished(() => folder[Symbol.dispose]());
  writeFileSync(join(folder.path, "steppps.yaml"), document);
  return folder.path;
}

/** Lines of a supervisor whose output is no terminal, until one has `kind`. */
async function linesUntil(data: string, kind: string, args: readonly string[] = []): Promise<Record<string, string>[]> {
  const child = spawnSteppps(["start", "--no-examples", "--mqtt-port", "0", "--web-port", "0", ...args], { data });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: Record<string, string>[] = [];
  for await (const line of createInterface(child.stdout as NodeJS.ReadableStream)) {
    lines.push(JSON.parse(line));
    if (lines.at(-1)?.kind === kind) break;
  }
  return lines;
}

test("where it is no terminal, start writes the event log, a JSON object a line", async () => {
  const lines = await linesUntil(dataWith("name: kitchen\n"), "supervisor.started");
  expect(lines.at(-1)).toMatchObject({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    level: "info",
    text: expect.stringContaining("kitchen handles messages"),
  });
});

test("what is less than --log-level is left out; secrets of the document are nowhere", async () => {
  const data = dataWith("name: kitchen\nweb: { listen: all, tlsPort: 0, password: planted-s3cret }\nbogus: 1\n");
  const lines = await linesUntil(data, "document.refused", ["--log-level", "error"]);
  expect(lines.map(({ level }) => level)).toEqual(["error"]);
  const open = dataWith("name: kitchen\nweb: { listen: all, tlsPort: 0, password: planted-s3cret }\n");
  expect(JSON.stringify(await linesUntil(open, "supervisor.trouble"))).not.toContain("planted");
});

test.each([
  ["--log", "xml"],
  ["--log-level", "loud"],
])("%s %s is refused before anything is started", async (flag, value) => {
  const { code, stderr } = await steppps(["start", flag, value], { data: dataWith("") });
  expect([code, stderr.includes("E_CLI_OPTION")]).toEqual([2, true]);
});

test("steppps metrics says over MQTT what /metrics says", async () => {
  const data = dataWith("name: kitchen\n");
  const { webUrl, stop } = await startSupervisor({ data });
  const { code, stdout } = await steppps(["metrics"], { data });
  const names = (text: string) => text.match(/^# TYPE \S+/gm);
  expect([code, stdout]).toEqual([0, expect.stringContaining('steppps_info{device="kitchen"')]);
  expect(names(stdout)).toEqual(names(await (await fetch(new URL("/metrics", webUrl))).text()));
  await stop();
});
