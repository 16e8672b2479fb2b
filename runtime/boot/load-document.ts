import { createHash } from "node:crypto";
import { asStepppsError, DeviceDocument, parse, StepppsError, text, utf8 } from "../contract/index.ts";
import type { Files } from "../platform/index.ts";
import type { DataDirectory } from "./data-paths.ts";

export interface LoadedDocument {
  readonly document: DeviceDocument;
  /** Why the file was not taken and the last good one is in force; undefined when all is well. */
  readonly fault?: StepppsError;
}

const FIRST = `# What this device is and does. Save the file: what can come into force at once does; for the rest, which
# an event names, start the supervisor again. A mistake changes nothing, and an event says on which line it is.
# Every line may be left out.
name: edge
# timezone: Europe/Berlin        # for plugins that run at certain times; UTC where absent
# owners:                        # public keys whose plugins run here, as 'steppps keys show' prints them
#   - steppps-key:...
# mqtt:
#   port: 1883
#   listen: all                  # also for other machines; each needs a user then
#   tls: { port: 8883 }
#   users:
#     hall-sensor:
#       password: ...            # what 'steppps password' prints
#       publish: [sensors/hall/#]
#   broker: mqtt://192.168.1.10  # use this broker in place of the one built in
# uplink:                        # a broker elsewhere, beside the one built in
#   url: mqtts://example.org
#   rules:
#     - { direction: out, filter: alerts/#, qos: 1, priority: 5 }
# discovery:
#   homeAssistant: true
# web:
#   port: 8080
#   listen: all                  # also for other machines, with a login
#   password: ...
# deploys:
#   gateSeconds: 60              # how long a new version is watched
# retention:
#   events: 5000
#   journalMegabytes: 256
# storage:
#   dailyWriteMegabytes: 2000    # for cards that wear out: commits wait for each other when it is used up too fast
# plugins:
#   motion-light:
#     config:
#       sensor: hall_motion
`;

/** The last good document, and which text it came from. */
interface LastGood {
  readonly sha256: string;
  readonly document: DeviceDocument;
}

const MAX_BYTES = 1_000_000;

/**
 * Reads `steppps.yaml`. Nothing that is in it, or wrong with it, stops a device: the last good one is used, or an empty one where
 * there is none, and the fault says which line is wrong. A file that has not changed since it was found good is not parsed again,
 * nor is the parser loaded.
 */
export async function loadDocument(data: DataDirectory, files: Files): Promise<LoadedDocument> {
  const good = await readLastGood(data, files);
  try {
    const bytes = (await files.read(data.document, MAX_BYTES)) ?? (await writeFirst(data, files));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    if (good?.sha256 === sha256) return { document: good.document };
    const { readDocument } = await import("./read-document.ts");
    const document = readDocument(decode(bytes));
    // On a disk that is full or read-only it is read again next time.
    await files.write(data.lastGood, utf8(JSON.stringify({ sha256, document } satisfies LastGood))).catch(() => {});
    return { document };
  } catch (error) {
    return { document: good?.document ?? {}, fault: asStepppsError(error, "E_DOCUMENT") };
  }
}

async function writeFirst(data: DataDirectory, files: Files): Promise<Uint8Array> {
  const first = utf8(FIRST);
  await files.write(data.document, first).catch(() => {});
  return first;
}

async function readLastGood(data: DataDirectory, files: Files): Promise<LastGood | undefined> {
  try {
    const { sha256, document } = JSON.parse(text((await files.read(data.lastGood, 2 * MAX_BYTES)) ?? utf8("{}")));
    return { sha256, document: parse(DeviceDocument, document) };
  } catch {
    return undefined;
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return text(bytes);
  } catch (cause) {
    throw new StepppsError("E_DOCUMENT", "it is not UTF-8 text", { cause });
  }
}
