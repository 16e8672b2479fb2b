/** What can become of a run, as the worker numbers it. */
export const RUN_STATUS = { ok: 0, deadline: 1, failed: 2, tooSmall: 3, noSession: 4 } as const;

/** So many runs can be in flight. */
export const RUNS = 64;
/** Where the frames begin; before them are the rings and the runs. */
export const FRAMES_AT = 8192;

const MARK = 0x4e495453;
const VERSION = 1;

// As worker/region.h draws it: places of 32-bit words, and of bytes where they are read through a DataView.
const WORD = { mark: 0, version: 1, size: 2, submitted: 16, completed: 32, asleep: 48, submission: 64, completion: 128 } as const;
const RUN_AT = 1024;
const RUN_BYTES = 64;

/** A run as it is submitted. */
export interface RunFields {
  readonly session: number;
  /** ns of the monotonic clock that all processes share. */
  readonly deadline: bigint;
  readonly inputAt: number;
  readonly inputSize: number;
  readonly outputAt: number;
  readonly outputCapacity: number;
}

/** What the worker says of a run: numbers from another process, good for nothing until they have been checked. */
export interface RunAnswer {
  readonly status: number;
  readonly outputSize: number;
  readonly copied: number;
  readonly nanoseconds: bigint;
}

/** The supervisor's side of the memory that it shares with the worker, which is drawn in worker/region.h. */
export class Region {
  readonly #words: Uint32Array<ArrayBuffer>;
  readonly #view: DataView;
  #submitted = 0;
  #completed = 0;

  constructor(buffer: ArrayBuffer) {
    this.#words = new Uint32Array(buffer, 0, FRAMES_AT / 4);
    this.#view = new DataView(buffer);
    this.reset();
  }

  /** As for a new worker: nothing is in flight. Only while no worker has it. */
  reset(): void {
    this.#submitted = 0;
    this.#completed = 0;
    this.#words.fill(0);
    this.#words[WORD.mark] = MARK;
    this.#words[WORD.version] = VERSION;
    this.#words[WORD.size] = this.#view.byteLength;
  }

  /** Hands run `number` over; true when the worker sleeps and has to be woken. */
  submit(number: number, run: RunFields): boolean {
    const at = RUN_AT + number * RUN_BYTES;
    this.#view.setUint32(at, run.session, true);
    this.#view.setBigUint64(at + 8, run.deadline, true);
    this.#view.setUint32(at + 16, run.inputAt, true);
    this.#view.setUint32(at + 20, run.inputSize, true);
    this.#view.setUint32(at + 24, run.outputAt, true);
    this.#view.setUint32(at + 28, run.outputCapacity, true);
    this.#words[WORD.submission + (this.#submitted % RUNS)] = number;
    this.#submitted = (this.#submitted + 1) >>> 0;
    Atomics.store(this.#words, WORD.submitted, this.#submitted);
    return Atomics.load(this.#words, WORD.asleep) !== 0;
  }

  /** The next run that the worker says is done; undefined when there is none. It may be any number. */
  nextCompleted(): number | undefined {
    if (Atomics.load(this.#words, WORD.completed) === this.#completed) return undefined;
    const number = this.#words[WORD.completion + (this.#completed % RUNS)];
    this.#completed = (this.#completed + 1) >>> 0;
    return number;
  }

  answer(number: number): RunAnswer {
    const at = RUN_AT + number * RUN_BYTES;
    return {
      status: this.#view.getUint32(at + 4, true),
      outputSize: this.#view.getUint32(at + 32, true),
      copied: this.#view.getUint32(at + 36, true),
      nanoseconds: this.#view.getBigUint64(at + 40, true),
    };
  }
}
