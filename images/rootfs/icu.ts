/**
 * What Node's own build calls small-icu: of the tables for languages that Node brings (33 MB), English and what belongs to none, such
 * as time zones, characters' properties and calendars. A device speaks to people through their own browser.
 */
const KEPT_LOCALES = /^(?:root|pool|res_index|en(?:_(?:001|150|GB|US|US_POSIX))?)$/;
/** A language, or one in a country: "af", "sr_Latn_RS", "es_419", "ca_ES_VALENCIA". Everything else at the same place is for all. */
const LOCALE = /^[a-z]{2,3}(?:_[A-Z][a-z]{3})?(?:_(?:[A-Z]{2}|\d{3}))?(?:_[A-Z]+)?$/;
/** Transliteration; code pages that only a few old files are in; dictionaries that find words in Thai or Chinese; characters' names. */
const UNUSED = /^translit\/|\.(?:cnv|spp|cfu|dict)$|^unames\.icu$/;

/** Whether a file of ICU's stays: "coll/de.res", "zoneinfo64.res". */
export function isKept(path: string): boolean {
  if (UNUSED.test(path)) return false;
  const name = /([^/]+)\.res$/.exec(path)?.[1];
  return name === undefined || KEPT_LOCALES.test(name) || !LOCALE.test(name);
}

const ALIGNMENT = 16;
const FORMAT = Buffer.from("CmnD");
const FORMAT_AT = 12;
const MAGIC = Buffer.from([0xda, 0x27]);
const MAGIC_AT = 2;

/**
 * Makes the package of ICU's data in a program smaller, where it lies: what is left moves together, and zeros follow, which a
 * compressed file system keeps for nothing. Little endian [ICU, udata.h and ucmndata.h]:
 *
 *     u16 size of the header  0xda 0x27  … "CmnD" …   header
 *     u32 files   u32 name  u32 content   …           table of contents, sorted by name; both count from the table's start
 *     names, each with a zero behind it
 *     contents; each ends where the next begins
 */
export function trimIcu(program: Buffer): Buffer {
  const table = findTable(program);
  const files = readTable(program, table);
  // Only the next one says how long a file is: the last one's end is unknown.
  const kept = files.filter((file, i) => i < files.length - 1 && isKept(file.path));
  if (kept.length === 0 || files.length < 2 || isKept((files.at(-1) as IcuFile).path))
    throw new Error("what Node brings of ICU's data is not as this knows it");
  const packed = pack(kept.map((file) => ({ name: file.name, content: program.subarray(file.start, file.end) })));
  const room = (files.at(-1) as IcuFile).start - table;
  const trimmed = Buffer.from(program);
  trimmed.fill(0, table, table + room);
  packed.copy(trimmed, table);
  return trimmed;
}

interface IcuFile {
  /** With the package's own name before it, as in "icudt78l/zoneinfo64.res". */
  readonly name: string;
  readonly path: string;
  /** In the program. */
  readonly start: number;
  readonly end: number;
}

/** Where the table of contents begins. Throws unless there is exactly one package. */
function findTable(program: Buffer): number {
  const headers: number[] = [];
  for (let at = program.indexOf(FORMAT); at >= 0; at = program.indexOf(FORMAT, at + 1)) {
    const header = at - FORMAT_AT;
    if (header >= 0 && program.subarray(header + MAGIC_AT).indexOf(MAGIC) === 0) headers.push(header);
  }
  const [header] = headers;
  if (header === undefined || headers.length > 1) throw new Error(`Node's program has ${headers.length} packages of ICU's data`);
  return header + program.readUInt16LE(header);
}

function readTable(program: Buffer, table: number): IcuFile[] {
  const count = program.readUInt32LE(table);
  const entry = (i: number) => table + 4 + i * 8;
  return Array.from({ length: count }, (_, i) => {
    const nameAt = table + program.readUInt32LE(entry(i));
    const name = program.toString("latin1", nameAt, program.indexOf(0, nameAt));
    const start = table + program.readUInt32LE(entry(i) + 4);
    const end = i + 1 < count ? table + program.readUInt32LE(entry(i + 1) + 4) : start;
    return { name, path: name.slice(name.indexOf("/") + 1), start, end };
  });
}

/** A table of contents with its files. */
function pack(files: readonly { readonly name: string; readonly content: Buffer }[]): Buffer {
  const names = files.map(({ name }) => Buffer.from(`${name}\0`, "latin1"));
  const table = Buffer.alloc(4 + files.length * 8);
  table.writeUInt32LE(files.length);
  const parts: Buffer[] = [table, ...names];
  let at = table.length;
  for (const [i, name] of names.entries()) {
    table.writeUInt32LE(at, 4 + i * 8);
    at += name.length;
  }
  for (const [i, { content }] of files.entries()) {
    const padding = (ALIGNMENT - (at % ALIGNMENT)) % ALIGNMENT;
    table.writeUInt32LE(at + padding, 8 + i * 8);
    parts.push(Buffer.alloc(padding), content);
    at += padding + content.length;
  }
  return Buffer.concat(parts);
}
