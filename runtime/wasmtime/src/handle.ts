import type { Binding, Native } from "./binding.ts";

/**
 * Base of every class that stands for a native object. The object goes when it is garbage collected, or at once with
 * {@link close}: closing twice is harmless, closing while it is in use throws `busy`, using it afterwards throws `closed`.
 */
export abstract class Handle<Kind extends string> implements Disposable {
  /** @internal */
  readonly binding: Binding;
  /** @internal */
  readonly native: Native<Kind>;

  /** @internal */
  constructor(binding: Binding, native: Native<Kind>) {
    this.binding = binding;
    this.native = native;
  }

  close(): void {
    this.binding.close(this.native);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
