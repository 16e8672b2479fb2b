import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadKeys, signPackage } from "../../../runtime/trust/index.ts";
import { ROOT, startSupervisor, steppps } from "../../support/cli.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const EXAMPLE = join(ROOT, "assembly/examples/motion-light");

test("a running device takes a root, then only what its targets list, and says whom it trusts", async () => {
  using folder = tempFolder("trust-device");
  const [data, cwd] = [join(folder.path, "data"), folder.path];
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await steppps([...args, "--json"], { data, cwd });
    return code === 0 ? JSON.parse(stdout) : JSON.parse(stderr.split("\n")[0] as string).error.code;
  };
  await run("keys", "new");
  await run("keys", "new", "targets");
  const { public: line } = await run("keys", "show");
  writeFileSync(join(cwd, "owner.pub"), `${line}\n`);
  await run("keys", "trust", "owner.pub");
  const supervisor = await startSupervisor({ data, cwd });
  try {
    expect(await run("trust", "status")).toMatchObject({ roles: [], deployers: [expect.any(String)] });
    const { file } = await run("plugin", "sign", EXAMPLE, "--out", cwd);
    expect(await run("plugin", "deploy", file)).toMatchObject({ outcome: "done" });

    await run("trust", "init", "--targets", "targets");
    const change = await run("trust", "update");
    expect(change).toMatchObject({ roles: [{ role: "root" }, { role: "targets" }, { role: "snapshot" }, { role: "timestamp" }] });
    expect(change.orphans).toMatchObject([{ plugin: "motion-light" }]);
    const { manifest } = await run("plugin", "build", EXAMPLE, "--out", cwd);
    expect(await run("plugin", "deploy", EXAMPLE, "--key", "targets")).toBe("E_TRUST_TARGET");
    expect(await run("plugin", "deploy", EXAMPLE)).toBe("E_ENVELOPE_SIGNER");

    const signed = await run("plugin", "sign", EXAMPLE, "--key", "targets", "--out", cwd);
    await run("trust", "sign", signed.file);
    await run("trust", "update");
    expect(await run("plugin", "deploy", signed.file)).toMatchObject({ ok: true });
    const status = await run("trust", "status");
    expect(status).toMatchObject({
      floors: { "motion-light": manifest.version },
      ignoredOwners: [expect.any(String)],
    });

    // Whoever may sign for a version still has to enter it.
    const keys = loadKeys(join(data, "keys"), "targets");
    const wasm = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    const old = signPackage({ type: "plugin", manifest: { ...manifest, version: "0.0.1" }, wasm }, keys);
    writeFileSync(join(cwd, "old.plugin"), old);
    expect(await run("plugin", "deploy", "old.plugin")).toBe("E_TRUST_TARGET");
  } finally {
    expect(await supervisor.stop()).toBe(0);
  }
});

test("killed right after new metadata is stored: the device comes back with it", async () => {
  using folder = tempFolder("trust-device");
  const [data, cwd] = [join(folder.path, "data"), folder.path];
  const run = (...args: string[]) => steppps([...args, "--json"], { data, cwd });
  await run("keys", "new");
  writeFileSync(join(cwd, "owner.pub"), (await run("keys", "show")).stdout.replace(/.*"public":"([^"]+)".*/s, "$1"));
  await run("keys", "trust", "owner.pub");
  await run("trust", "init");
  const doomed = await startSupervisor({ data, cwd, env: { STEPPPS_FAULT: "trust:after-store:kill" } });
  const gone = once(doomed.child, "exit");
  expect((await run("trust", "update")).code).toBe(5);
  expect(await gone).toEqual([null, "SIGKILL"]);
  const supervisor = await startSupervisor({ data, cwd });
  const status = JSON.parse((await run("trust", "status")).stdout);
  expect(status.roles).toMatchObject([{ role: "root", version: 1 }]);
  expect((await run("trust", "update")).code).toBe(0);
  expect(await supervisor.stop()).toBe(0);
});
