import { join } from "node:path";

/** Where one supervisor keeps everything that is its own. */
export interface DataDirectory {
  readonly path: string;
  /** `steppps.yaml`: written by people. */
  readonly document: string;
  /** The document as it was when it was last found good. */
  readonly lastGood: string;
  readonly journal: string;
  /** Compiled plugins; may be deleted at any time. */
  readonly artefacts: string;
  /** Signed models, one a file, and which of them are at work. */
  readonly models: string;
  /** One public key a file: owners beside those that the document names. */
  readonly owners: string;
  /** Private keys of whoever signs on this machine; a device has none. */
  readonly keys: string;
  /** What was deployed from this machine, to any device: the next version is sent as what differs. May be deleted at any time. */
  readonly sent: string;
  /** Where the running supervisor can be found; absent when none runs. */
  readonly running: string;
}

/** The places below `path`; nothing of it needs to be there. */
export function dataPaths(path: string): DataDirectory {
  return {
    path,
    document: join(path, "steppps.yaml"),
    lastGood: join(path, "steppps.last-good.json"),
    journal: join(path, "journal.db"),
    artefacts: join(path, "artefacts"),
    models: join(path, "models"),
    owners: join(path, "owners"),
    keys: join(path, "keys"),
    sent: join(path, "sent"),
    running: join(path, "running.json"),
  };
}
