import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { configFaults, requireConfig } from "../../../../images/kernel/config/check.ts";
import { allConfig, parseFragment } from "../../../../images/kernel/config/fragment.ts";

const read = (name: string) =>
  parseFragment(readFileSync(new URL(`../../../../kernel/configs/${name}.config`, import.meta.url), "utf8"));

test.each(["x86_64", "arm64"])("%s: what kernel/configs asks for goes together, each with its reason", (arch) => {
  const options = [...read("common"), ...read(arch)];
  expect(allConfig(options).split("\n")).toContain("CONFIG_PREEMPT_RT=y");
  expect(options.filter(({ why, feature }) => why === "" || feature === "")).toEqual([]);
});

test("a fragment is features, and options with their reasons", () => {
  const text =
    '# about\n\n## root: the kernel mounts it\nCONFIG_DM_INIT=y  # no initramfs\n## name\nCONFIG_LOCALVERSION="-x"   # uname -r\n';
  expect(parseFragment(text)).toEqual([
    { feature: "root", name: "CONFIG_DM_INIT", value: "y", why: "no initramfs" },
    { feature: "name", name: "CONFIG_LOCALVERSION", value: '"-x"', why: "uname -r" },
  ]);
});

test.each([
  ["no reason", "## f\nCONFIG_A=y\n", "line 2"],
  ["an empty reason", "## f\nCONFIG_A=y  # \n", "line 2"],
  ["a module, which nothing would load", "## f\nCONFIG_A=m  # why\n", "line 2"],
  ["no value", "## f\n# CONFIG_A is not set\nCONFIG_B  # why\n", "line 3"],
  ["no feature", "CONFIG_A=y  # why\n", "belongs to no feature"],
  ["twice the same", "## f\nCONFIG_A=y  # why\nCONFIG_A=n  # why not\n", "named before"],
])("a fragment with a fault is refused: %s", (_, text, message) => {
  expect(() => parseFragment(text)).toThrow(message);
});

test("two fragments don't name one option", () => {
  const [a, b] = ["## f\nCONFIG_A=y  # why\n", "## g\nCONFIG_A=n  # why not\n"].map(parseFragment);
  expect(() => allConfig([...(a ?? []), ...(b ?? [])])).toThrow("CONFIG_A");
});

const WANTED = parseFragment(
  '## f\nCONFIG_A=y  # a\nCONFIG_B=n  # b\nCONFIG_C=n  # c\nCONFIG_D=16  # d\nCONFIG_E="x"  # e\n## g\nCONFIG_F=y  # f\n',
);
const GOOD = '# comment\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_D=16\nCONFIG_E="x"\nCONFIG_F=y\nCONFIG_OTHER=y\n';

test("a configuration that has all of it as asked has no faults; what is absent is not set", () => {
  expect(configFaults(WANTED, GOOD)).toEqual([]);
});

test.each([
  ["dropped without a word", GOOD.replace("CONFIG_A=y\n", ""), "CONFIG_A is n and not y: a (f)"],
  ["switched off", GOOD.replace("CONFIG_F=y", "# CONFIG_F is not set"), "CONFIG_F is n and not y: f (g)"],
  ["made a module", GOOD.replace("CONFIG_F=y", "CONFIG_F=m"), "CONFIG_F is m and not y"],
  ["switched on by another option", `${GOOD}CONFIG_C=y\n`, "CONFIG_C is y and not n"],
  ["another number", GOOD.replace("=16", "=64"), "CONFIG_D is 64 and not 16"],
  ["another string", GOOD.replace('"x"', '"xy"'), 'CONFIG_E is "xy" and not "x"'],
])("an option that the kernel's rules changed ends the build: %s", (_, config, message) => {
  expect(() => requireConfig(WANTED, config)).toThrow(message);
});
