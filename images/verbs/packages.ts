import { join } from "node:path";
import { DEFAULT_KEY, generateKeys, listKeys, loadKeys, saveKeys } from "../../runtime/trust/index.ts";
import { readLock } from "../lock/lock.ts";
import { allExamplesPackage, examplePackages } from "../packages/examples.ts";
import { inferencePackage } from "../packages/inference.ts";
import { nodePackage } from "../packages/node.ts";
import { writeRepository } from "../packages/repository.ts";
import { signingKey } from "../packages/signing-key.ts";
import { supervisorPackage } from "../packages/steppps.ts";
import { apkVersion } from "../packages/version.ts";
import { hostApk } from "../rootfs/alpine-base.ts";
import { type Architecture, MACHINES } from "../rootfs/architecture.ts";
import { baseFolder } from "../rootfs/root-folder.ts";
import { toolset } from "../toolset/toolset.ts";
import { keysFolder } from "./keys-folder.ts";
import { Progress } from "./progress.ts";
import type { VerbContext } from "./verb.ts";

/** `npm run image -- --packages`: a repository of Alpine packages for each architecture, in `out/apk`. */
export async function buildPackages(arches: readonly Architecture[], version: string, context: VerbContext): Promise<void> {
  const { places, say, print } = context;
  const own = apkVersion(version);
  const progress = new Progress(2 + 2 * arches.length, say);
  const lock = readLock();
  const tools = await progress.step("fetching the tools", () => toolset(lock, places));
  const keys = keysFolder(context);
  if (!listKeys(keys).includes(DEFAULT_KEY)) saveKeys(keys, generateKeys());
  const [key, apk] = [await signingKey(keys), await hostApk(tools, places)];
  const examples = await progress.step("compiling the examples", () => examplePackages(places.root, loadKeys(keys)));
  const inference = await inferencePackage(join(places.cache, "inference-wasm"), own);
  const folder = join(places.out, "apk");
  for (const arch of arches) {
    const machine = MACHINES[arch];
    const base = await progress.step(`supervisor and Node for ${machine}`, () => baseFolder(arch, lock, tools, places));
    const facts = { arch, version, buildTime: lock.time };
    const programs = [supervisorPackage(base.folder, facts, own), await nodePackage(base.folder, arch), inference];
    const contents = [...programs, ...examples, allExamplesPackage(examples, own)];
    const options = { apk, key, machine, time: lock.time, description: `STEPPPS Edge ${version}` };
    const files = await progress.step(`packages for ${machine}`, () => writeRepository(contents, options, folder));
    for (const file of files) print(file);
  }
  say(`In an Alpine: the key ${folder}/*.rsa.pub to /etc/apk/keys, 'v3 <address of ${folder}>' to /etc/apk/repositories,`);
  say("then apk add steppps, rc-update add steppps, rc-service steppps start");
}
