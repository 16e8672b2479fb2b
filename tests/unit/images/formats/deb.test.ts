import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { unpackDeb } from "../../../../images/formats/deb.ts";
import { run } from "../../../../images/steps/run.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

test("the files of a package are unpacked, all or those asked for", async () => {
  using folder = tempFolder("deb");
  const deb = await writeDeb(folder.path);
  await unpackDeb(deb, folder.path);
  expect(readFileSync(join(folder.path, "usr/one"), "utf8")).toBe("1");
  using other = tempFolder("deb");
  await unpackDeb(deb, other.path, ["./usr/two"]);
  expect(readFileSync(join(other.path, "usr/two"), "utf8")).toBe("22");
  expect(() => readFileSync(join(other.path, "usr/one"))).toThrow("ENOENT");
});

test("what is no package is refused", async () => {
  using folder = tempFolder("deb");
  const file = join(folder.path, "x.deb");
  for (const content of ["", "!<arch>\n", "PK", `!<arch>\n${"data.tar.xz".padEnd(48)}no number \`\n`]) {
    writeFileSync(file, content);
    await expect(unpackDeb(file, folder.path)).rejects.toThrow("is no Debian package");
  }
});

/** By the tools that Debian's are made with: `ar` of a version, and an archive whose size is odd. */
async function writeDeb(folder: string): Promise<string> {
  const tree = join(folder, "tree");
  await run("mkdir", ["-p", join(tree, "usr")]);
  writeFileSync(join(tree, "usr/one"), "1");
  writeFileSync(join(tree, "usr/two"), "22");
  await run("tar", ["-C", tree, "-cf", join(folder, "data.tar"), "."]);
  writeFileSync(join(folder, "debian-binary"), "2.0");
  await run("ar", ["rc", "x.deb", "debian-binary", "data.tar"], { cwd: folder });
  return join(folder, "x.deb");
}
