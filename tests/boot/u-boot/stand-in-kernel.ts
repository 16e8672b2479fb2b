/** The serial line of QEMU's machine virt (PL011): a byte written there is sent. */
const SERIAL_LINE = 0x0900_0000;
/** [Arm DEN0022, Power State Coordination Interface, SYSTEM_OFF] */
const SYSTEM_OFF = 0x8400_0008;
const CODE = 64;
const IMAGE_BYTES = 64 * 1024;

/**
 * What U-Boot's `booti` takes for a kernel [linux, Documentation/arch/arm64/booting.rst]: it prints `line` and switches the machine off.
 *
 *     branch to the code 4 | 0 4 | text offset 8 | size in memory 8 | flags 8 | 0 24 | "ARM\x64" 4 | 0 4 | code
 */
export function standInKernel(line: string): Buffer {
  const code = [
    moveHigh(1, SERIAL_LINE >>> 16),
    ...[...Buffer.from(`\n${line}\n`)].flatMap((byte) => [move(0, byte), STORE_W0_AT_X1]),
    move(0, SYSTEM_OFF & 0xffff),
    keepHigh(0, SYSTEM_OFF >>> 16),
    CALL_HYPERVISOR,
    BRANCH, // to itself
  ];
  const image = Buffer.alloc(IMAGE_BYTES);
  image.writeUInt32LE(BRANCH | (CODE / 4), 0);
  image.writeBigUInt64LE(BigInt(IMAGE_BYTES), 16);
  image.writeBigUInt64LE(0b1010n, 24); // pages of 4 KiB, at any place
  image.write("ARM\x64", 56, "latin1");
  code.forEach((word, i) => void image.writeUInt32LE(word, CODE + 4 * i));
  return image;
}

// Instructions [Arm DDI 0487, C6.2]
const BRANCH = 0x1400_0000;
const CALL_HYPERVISOR = 0xd400_0002;
const STORE_W0_AT_X1 = 0xb900_0020;
const move = (register: number, value: number) => (0x5280_0000 | (value << 5) | register) >>> 0;
const moveHigh = (register: number, value: number) => (0xd2a0_0000 | (value << 5) | register) >>> 0;
const keepHigh = (register: number, value: number) => (0x72a0_0000 | (value << 5) | register) >>> 0;
