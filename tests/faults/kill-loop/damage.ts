import { dataPaths } from "../../../runtime/boot/data-paths.ts";
import { openJournal } from "../../../runtime/store/index.ts";

/** Of versions on probation the disk has but the half of their code from now on. The device must not run. */
export async function damageProbation(data: string): Promise<void> {
  const journal = await openJournal({ file: dataPaths(data).journal });
  try {
    for (const { name } of await journal.read("plugin.all")) {
      const [probation] = await journal.read("probation.head", name);
      const [row] = probation ? await journal.read("version.one", name, probation.version) : [];
      if (!row) continue;
      const { version, id, time, envelope } = row;
      await journal.commit([["version.add", name, version, id, time, envelope.slice(0, envelope.length >> 1)]]);
    }
  } finally {
    await journal.close();
  }
}
