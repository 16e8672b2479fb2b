/** Address space, not memory: the library and the shared memory alone take some 400 MB of it. */
const ADDRESS_SPACE = 2 * 2 ** 30;

/** The worker's whole command: `program` is what runs worker/main.cc, with the library's path behind it. */
export function workerCommand(program: readonly string[], addressSpace: number = ADDRESS_SPACE): readonly string[] {
  return [...program, String(addressSpace)];
}
