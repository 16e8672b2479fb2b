import { type Binding, loadBinding } from "./binding.ts";
import { integer, known } from "./check.ts";
import { Handle } from "./handle.ts";

export interface ThreadPoolOptions {
  /** Native threads (1 to 64). */
  readonly threads: number;
  /** Bytes of stack of each (2 to 64 MiB). Default 2 MiB. */
  readonly stackBytes?: number;
  /** Batches that may wait or run at the same time. Default 1024. */
  readonly queueLimit?: number;
}

const MiB = 1024 * 1024;

/** Native threads for `Reactor.runOn`. While nothing runs on it, it does not keep the process alive. */
export class ThreadPool extends Handle<"ThreadPool"> {
  constructor(options: ThreadPoolOptions, binding: Binding = loadBinding()) {
    known("ThreadPool", options, ["threads", "stackBytes", "queueLimit"]);
    const threads = integer("threads", options.threads, 1, 64);
    const stackBytes = integer("stackBytes", options.stackBytes ?? 2 * MiB, 2 * MiB, 64 * MiB);
    const queueLimit = integer("queueLimit", options.queueLimit ?? 1024, 1, 1_000_000);
    super(binding, binding.createThreadPool(threads, stackBytes, queueLimit));
  }
}
