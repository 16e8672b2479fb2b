/**
 * Where a program or library has addresses of itself in its data, a list says so, 24 bytes for each; whoever loads it reads all of the list.
 * The newer form keeps what is added in the data itself, and the places as a map of bits, 63 of them in eight bytes [generic ABI,
 * "Relative relocations", SHT_RELR]. musl reads it since 1.2.4.
 *
 *     Elf64_Rela    u64 place   u32 kind  u32 symbol   i64 addend
 *     Elf64_Relr    u64         an even one is a place; an odd one tells of the 63 eight-byte places behind it
 */
const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]); // ELF, 64 bits, little endian
const RELA = 24;
const WORD = 8;
const BITS = 63;
const PT = { load: 1, dynamic: 2 } as const;
const DT = { null: 0, rela: 7, relaSize: 8, relaCount: 0x6ffffff9, relrSize: 35, relr: 36, relrEntry: 37 } as const;
/** R_X86_64_RELATIVE and R_AARCH64_RELATIVE, by e_machine. */
const RELATIVE: Readonly<Record<number, number>> = { 62: 8, 183: 1027 };

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

interface Entry {
  readonly tag: number;
  readonly value: number;
  /** Of the entry, in the file. */
  readonly at: number;
}

/**
 * The same program with its relative relocations in the newer form, where the old list was; zeros follow, which a compressed file system
 * keeps for nothing. Throws where it has none, or no room for the three entries that tell of them.
 */
export function packRelocations(program: Buffer): Buffer {
  const relative = RELATIVE[program.subarray(0, MAGIC.length).equals(MAGIC) ? program.readUInt16LE(18) : 0];
  if (relative === undefined) throw new Error("no program for a machine whose relocations are known");
  const segments = readSegments(program);
  const dynamic = readDynamic(program, segments);
  const value = (tag: number) => dynamic.find((entry) => entry.tag === tag)?.value ?? 0;
  const [address, size] = [value(DT.rela), value(DT.relaSize)];
  const table = fileOffset(segments, address);
  const packed = Buffer.from(program);
  const places: number[] = [];
  let kept = 0;
  let keptRelative = 0;
  for (let at = table; at < table + size; at += RELA) {
    const place = Number(program.readBigUInt64LE(at));
    const isRelative = program.readUInt32LE(at + 8) === relative;
    if (isRelative && place % WORD === 0) {
      program.copy(packed, fileOffset(segments, place), at + 16, at + 24);
      places.push(place);
      continue;
    }
    program.copy(packed, table + kept * RELA, at, at + RELA);
    if (isRelative && keptRelative === kept) keptRelative++;
    kept++;
  }
  const map = bitmap(places);
  const begin = kept * RELA;
  if (places.length === 0 || begin + map.length > size) throw new Error("there are no relocations to pack");
  packed.fill(0, table + begin, table + size);
  map.copy(packed, table + begin);
  writeDynamic(packed, dynamic, {
    [DT.relaSize]: begin,
    [DT.relaCount]: keptRelative,
    [DT.relr]: address + begin,
    [DT.relrSize]: map.length,
    [DT.relrEntry]: WORD,
  });
  return packed;
}

function readSegments(program: Buffer): Segment[] {
  const [start, size, count] = [Number(program.readBigUInt64LE(32)), program.readUInt16LE(54), program.readUInt16LE(56)];
  return Array.from({ length: count }, (_, i) => {
    const at = start + i * size;
    const read = (from: number) => Number(program.readBigUInt64LE(at + from));
    return { type: program.readUInt32LE(at), offset: read(8), address: read(16), size: read(32) };
  });
}

function fileOffset(segments: readonly Segment[], address: number): number {
  const holds = ({ type, address: from, size }: Segment) => type === PT.load && address >= from && address + WORD <= from + size;
  const segment = segments.find(holds);
  if (!segment) throw new Error(`nothing of the file is loaded at ${address}`);
  return segment.offset + address - segment.address;
}

function readDynamic(program: Buffer, segments: readonly Segment[]): Entry[] {
  const segment = segments.find(({ type }) => type === PT.dynamic);
  if (!segment) throw new Error("it is linked statically");
  return Array.from({ length: Math.floor(segment.size / 16) }, (_, i) => {
    const at = segment.offset + i * 16;
    return { tag: Number(program.readBigUInt64LE(at)), value: Number(program.readBigUInt64LE(at + 8)), at };
  });
}

/** Sets entries that are there, and puts the others where the list has room; one empty entry ends it. */
function writeDynamic(program: Buffer, dynamic: readonly Entry[], values: Readonly<Record<number, number>>): void {
  const free = dynamic.filter(({ tag }) => tag === DT.null).map(({ at }) => at);
  for (const [tag, value] of Object.entries(values)) {
    const there = dynamic.find((entry) => entry.tag === Number(tag));
    const at = there?.at ?? free.shift();
    if (at === undefined || free.length === 0) throw new Error("its list of what it is made of is full");
    program.writeBigUInt64LE(BigInt(tag), at);
    program.writeBigUInt64LE(BigInt(value), at + 8);
  }
}

/** `places`: multiples of eight. */
function bitmap(places: readonly number[]): Buffer {
  const sorted = [...new Set(places)].sort((a, b) => a - b);
  const words: bigint[] = [];
  for (let i = 0; i < sorted.length; ) {
    const first = sorted[i++] as number;
    words.push(BigInt(first));
    for (let base = first + WORD; i < sorted.length; base += BITS * WORD) {
      let bits = 0n;
      for (; i < sorted.length && (sorted[i] as number) < base + BITS * WORD; i++)
        bits |= 1n << BigInt(((sorted[i] as number) - base) / WORD + 1);
      if (bits === 0n) break;
      words.push(bits | 1n);
    }
  }
  const map = Buffer.alloc(words.length * WORD);
  for (const [i, word] of words.entries()) map.writeBigUInt64LE(word, i * WORD);
  return map;
}
