import { expect, test } from "vitest";
import { createOutput, table } from "../../../runtime/cli/output.ts";
import { StepppsError } from "../../../runtime/contract/index.ts";

function capture(json: boolean) {
  const written = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text;
    },
  });
  return { out: createOutput({ stdout: stream("stdout"), stderr: stream("stderr") }, json), written };
}

test("for people: results on stdout, notes and errors on stderr, an error in its four parts", () => {
  const { out, written } = capture(false);
  out.note("on the way");
  out.result({ a: 1 }, () => "one");
  out.error(new StepppsError("E_DURATION", '"5 parsecs"'));
  expect(written.stdout).toBe("one\n");
  expect(written.stderr).toBe(
    'on the way\nerror E_DURATION: A duration is not valid: "5 parsecs"\n' +
      "  why: Durations are a number and a unit: ms, s, m, h or d\n  fix: Write for example 500ms, 5s, 2m, 1h or 7d\n",
  );
});

test("with --json: one line each, and no notes", () => {
  const { out, written } = capture(true);
  out.note("on the way");
  out.result({ a: 1 }, () => "one");
  out.error(new StepppsError("E_DURATION", "x"));
  expect(written.stdout).toBe('{"a":1}\n');
  expect(JSON.parse(written.stderr)).toMatchObject({ error: { code: "E_DURATION", detail: "x" } });
});

test("what a stranger said cannot steer the terminal", () => {
  const { out, written } = capture(false);
  out.result({}, () => "a\u001b[2Jb\tc\nd\u009b");
  expect(written.stdout).toBe("a\ufffd[2Jb\tc\nd\ufffd\n");
});

test("a table's columns are as wide as their widest cell", () => {
  expect(
    table([
      ["NAME", "N"],
      ["a", "10000"],
      ["longer", ""],
    ]),
  ).toBe("NAME    N\na       10000\nlonger");
});

test("progress is for terminals alone", () => {
  let written = "";
  const stream = (isTTY: boolean) => ({ isTTY, write: (text: string) => (written += text) });
  createOutput({ stdout: stream(true), stderr: stream(false) }, false).progress("1 of 2");
  createOutput({ stdout: stream(true), stderr: stream(true) }, true).progress("1 of 2");
  expect(written).toBe("");
  createOutput({ stdout: stream(true), stderr: stream(true) }, false).progress("1 of 2");
  expect(written).toBe("\r\u001b[2K1 of 2");
});
