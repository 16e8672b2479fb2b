/** A network interface of this machine, other than loopback and what programs make. */
export interface Link {
  /** As the kernel names it. */
  readonly name: string;
  /** "b8:27:eb:…" */
  readonly mac: string;
  /** The kernel made the MAC up: it is another one at each start. */
  readonly invented: boolean;
  readonly wireless: boolean;
  /** A cable is plugged in and there is somebody at its other end. */
  readonly carrier: boolean;
}

export interface NetworkState {
  readonly links: readonly Link[];
  /** Whether there is a way to networks beyond those of the links: without one nobody elsewhere can be blamed for being away. */
  readonly defaultRoute: boolean;
}
