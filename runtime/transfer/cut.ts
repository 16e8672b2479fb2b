/**
 * Content-defined chunking: FastCDC (Xia et al., USENIX ATC 2016, and TPDS 2020). A cut is where the hash of the bytes before it says
 * so, whatever comes before those bytes; an insertion moves the chunks behind it and changes only those that it touches.
 *
 *   0          minimum               average                      maximum
 *   ├── no cut ──┼── hard to cut here ──┼── easy to cut here ─────────┤ cut
 *
 * The two masks keep the lengths near the average (the paper's normalised chunking, level 2).
 */
export interface CutSizes {
  readonly minimum: number;
  readonly average: number;
  readonly maximum: number;
}

export const SMALLEST_AVERAGE = 1024;
export const LARGEST_AVERAGE = 64 * 1024;
/** Chunks that an artefact is cut into, about: more of them would make its offer larger than what they save. */
const ABOUT = 1024;

/** Bits by which a mask is harder or easier than the average's own. */
const LEVEL = 2;

/** The average for an artefact of so many bytes: 1 KiB up to 1 MiB, then as many powers of two more as it takes. */
export function averageFor(bytes: number): number {
  let average = SMALLEST_AVERAGE;
  while (average < LARGEST_AVERAGE && bytes / average > ABOUT) average *= 2;
  return average;
}

/** `average`: a power of two from SMALLEST_AVERAGE to LARGEST_AVERAGE. */
export function sizesFor(average: number): CutSizes {
  return { minimum: average / 4, average, maximum: average * 4 };
}

/** The lengths of the chunks of `bytes`, in order: none below the minimum but the last, none above the maximum. */
export function cut(bytes: Uint8Array, sizes: CutSizes): number[] {
  const lengths: number[] = [];
  // Here, and not where the module begins: a device that only receives never needs it.
  const gear = gearTable();
  for (let at = 0; at < bytes.length; ) {
    const length = nextCut(bytes, at, sizes, gear);
    lengths.push(length);
    at += length;
  }
  return lengths;
}

function nextCut(bytes: Uint8Array, from: number, { minimum, average, maximum }: CutSizes, gear: Int32Array): number {
  const left = bytes.length - from;
  if (left <= minimum) return left;
  const bits = Math.log2(average);
  const hard = maskOf(bits + LEVEL);
  const easy = maskOf(bits - LEVEL);
  const normal = from + Math.min(average, left);
  const end = from + Math.min(maximum, left);
  let hash = 0;
  let at = from + minimum;
  for (; at < normal; at++) {
    hash = ((hash << 1) + (gear[bytes[at] as number] as number)) | 0;
    if ((hash & hard) === 0) return at + 1 - from;
  }
  for (; at < end; at++) {
    hash = ((hash << 1) + (gear[bytes[at] as number] as number)) | 0;
    if ((hash & easy) === 0) return at + 1 - from;
  }
  return end - from;
}

/** The top bits: those that the most of the last 32 bytes had a part in. */
function maskOf(bits: number): number {
  return -1 << (32 - bits);
}

/** A random number for each byte, the same everywhere for ever: sender and device have to cut alike. xorshift32. */
function gearTable(): Int32Array {
  const table = new Int32Array(256);
  let x = 0x53545053;
  for (let i = 0; i < 256; i++) {
    for (let round = 0; round < 8; round++) {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
    }
    table[i] = x;
  }
  return table;
}
