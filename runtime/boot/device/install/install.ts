import { randomBytes } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { StepppsError } from "../../../contract/index.ts";
import {
  type Disk,
  encodeGpt,
  GPT_HEAD_BYTES,
  GPT_SECTOR,
  type Gpt,
  type GptPartition,
  type Guid,
  Medium,
  parseGpt,
  readDirectly,
} from "../../../platform/index.ts";

export interface InstallPorts {
  /** The disk that this system runs from. */
  readonly from: Pick<Disk, "path">;
  /** Its partitions that are copied as they are, by name: device files. */
  readonly partitions: Readonly<Record<"boot" | "root-a" | "root-b", string>>;
  /** Makes an empty data file system of so many bytes in a file, and names that. */
  makeData(bytes: number): Promise<string>;
  /** Takes the order to install off this system's boot partition, before that is copied: it is carried out once. */
  forget(): Promise<void>;
  progress(step: string): void;
}

/** The device makes it as large as its disk at its first start. */
const DATA_BYTES = 64 * 1024 * 1024;
/** As PID 1 wants room for behind the last partition. */
const SPARE_BYTES = 4 * 1024 * 1024;
/** Of a partition that changes while it is copied. */
const TRIES = 3;
const ORDER = ["root-a", "root-b", "data", "boot"] as const;

/**
 * Copies the system that runs to another disk, which was checked: both slots and the boot partition as they are, an empty data
 * partition, and a table with identities of its own, which is written last. Throws E_INSTALL_LAYOUT, E_MEDIUM_*.
 */
export async function install(to: Pick<Disk, "path" | "size">, ports: InstallPorts): Promise<void> {
  const table = targetTable(await readTable(ports.from.path), to.size);
  const place = new Map(table.partitions.map((partition) => [partition.name, partition]));
  await using medium = await Medium.open(to.path);
  await medium.erase(to.size);
  for (const name of ORDER) {
    const partition = place.get(name);
    if (!partition) throw new StepppsError("E_INSTALL_LAYOUT", `${ports.from.path} has no partition ${name}`);
    ports.progress(name);
    if (name === "boot") await ports.forget();
    if (name === "data") await copyData(medium, partition, ports);
    else await copyPartition(medium, partition, ports.partitions[name], ports);
  }
  ports.progress("partition table");
  const { head, tail } = encodeGpt(table, to.size / GPT_SECTOR);
  await medium.writeAt(tail, to.size - tail.length);
  await medium.writeAt(head, 0);
}

/** The same on the disk as in the partition or file it comes from: compared once more, as that may have changed meanwhile. */
async function copyPartition(medium: Medium, { name, first, last }: GptPartition, source: string, { progress }: InstallPorts) {
  const [at, bytes] = [first * GPT_SECTOR, (last + 1 - first) * GPT_SECTOR];
  for (let left = TRIES; left > 0; left--) {
    await medium.copy(readDirectly(source, 0, bytes), at);
    progress(`${name}, compared`);
    if (await areSame(readDirectly(source, 0, bytes), readDirectly(medium.path, at, bytes))) return;
  }
  throw new StepppsError("E_MEDIUM_VERIFY", `${source} and the disk differ, or an update is being written`);
}

async function areSame(one: AsyncIterable<Uint8Array>, other: AsyncGenerator<Uint8Array>): Promise<boolean> {
  try {
    for await (const piece of one) {
      const { value } = await other.next();
      if (!value || Buffer.compare(piece, value) !== 0) return false;
    }
    return true;
  } finally {
    await other.return(undefined);
  }
}

async function copyData(medium: Medium, partition: GptPartition, ports: InstallPorts): Promise<void> {
  const file = await ports.makeData((partition.last + 1 - partition.first) * GPT_SECTOR);
  try {
    await copyPartition(medium, partition, file, ports);
  } finally {
    await rm(file, { force: true });
  }
}

async function readTable(disk: string): Promise<Gpt> {
  await using file = await open(disk, "r");
  const { buffer, bytesRead } = await file.read(Buffer.alloc(GPT_HEAD_BYTES), 0, GPT_HEAD_BYTES, 0);
  const table = parseGpt(buffer.subarray(0, bytesRead));
  if (!table) throw new StepppsError("E_INSTALL_LAYOUT", `${disk} has no partition table that can be read`);
  return table;
}

/** The same partitions in the same places, the data partition as small as an image has it. Throws E_INSTALL_LAYOUT, E_MEDIUM_SMALL. */
export function targetTable({ partitions }: Gpt, size: number): Gpt {
  const names = partitions.map(({ name }) => name);
  if (names.join() !== "boot,root-a,root-b,data")
    throw new StepppsError("E_INSTALL_LAYOUT", `its partitions are ${names.join(", ")}`);
  const copies = partitions.map((partition): GptPartition => {
    const id = newGuid();
    if (partition.name !== "data") return { ...partition, id };
    return { ...partition, id, last: partition.first + DATA_BYTES / GPT_SECTOR - 1 };
  });
  const end = ((copies.at(-1) as GptPartition).last + 1) * GPT_SECTOR + SPARE_BYTES;
  if (end > size) throw new StepppsError("E_MEDIUM_SMALL", `${end} bytes are needed, it has ${size}`);
  return { disk: newGuid(), partitions: copies };
}

/** Of the random kind [RFC 9562, 5.4], as GPTs have them: the version is in the third number, which is little endian. */
function newGuid(): Guid {
  const bytes = randomBytes(16);
  bytes[7] = ((bytes[7] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes;
}
