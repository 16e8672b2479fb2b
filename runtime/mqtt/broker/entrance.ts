import type { Socket } from "node:net";
import type { Aedes } from "aedes";
import type { Limits } from "../limits.ts";
import type { Clients } from "./clients.ts";
import type { Doorkeeper, Visitor } from "./doorkeeper.ts";

interface Options {
  readonly aedes: Aedes;
  readonly clients: Clients;
  readonly doorkeeper: Doorkeeper;
  readonly limits: Limits;
}

/** Where connections wait until the broker lets clients in, and the one place through which they all come. */
export class Entrance {
  readonly #options: Options;
  /** Those that came before `open`. */
  #early: { readonly socket: Socket; readonly visitor: Visitor }[] | undefined = [];

  constructor(options: Options) {
    this.#options = options;
  }

  /** Lets in who waits, and from now on everyone. */
  open(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const { socket, visitor } of early) {
      if (socket.destroyed) continue;
      this.#connect(socket, visitor);
      socket.resume();
    }
  }

  /** Somebody that the doorkeeper admitted. */
  come(socket: Socket, visitor: Visitor): void {
    if (!this.#early) return this.#connect(socket, visitor);
    socket.on("error", () => {}); // it may go before it is let in
    this.#early.push({ socket: socket.pause(), visitor });
    socket.once("close", () => {
      const at = this.#early?.findIndex((one) => one.socket === socket) ?? -1;
      if (at < 0) return;
      this.#early?.splice(at, 1);
      this.#options.doorkeeper.leave(visitor);
    });
  }

  close(): void {
    for (const { socket } of this.#early ?? []) socket.destroy();
  }

  #connect(socket: Socket, visitor: Visitor): void {
    const { aedes, clients, doorkeeper, limits } = this.#options;
    const room = visitor.here ? limits.clients : limits.clients - limits.clientsHere;
    if (clients.connections < room) return clients.connect(aedes, socket, visitor);
    doorkeeper.leave(visitor);
    socket.on("error", () => {});
    socket.destroy();
  }
}
