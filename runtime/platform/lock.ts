/** A claim that no other process can make while it is held. The kernel drops it when its holder ends, however it ends. */
export interface Lock {
  release(): void;
}
