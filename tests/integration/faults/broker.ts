import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectAsync } from "mqtt";
import { freePort } from "../../faults/kill-loop/port.ts";
import { createRandom } from "../../faults/kill-loop/random.ts";
import { systemProgram } from "../../support/system.ts";

/** A real broker with a folder of its own, that goes away and comes back with its sessions and retained messages. */
export class Broker implements AsyncDisposable {
  readonly port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), "broker-"));
  #child: ChildProcess | undefined;

  private constructor(port: number) {
    this.port = port;
    const lines = [
      `listener ${port} 127.0.0.1`,
      "allow_anonymous true",
      ...(process.getuid?.() === 0 ? ["user root"] : []),
      "persistence true",
      `persistence_location ${this.#folder}/`,
      "",
    ];
    writeFileSync(join(this.#folder, "mosquitto.conf"), lines.join("\n"));
  }

  static async open(): Promise<Broker> {
    const broker = new Broker(await freePort(createRandom(process.pid * 1009 + (Date.now() % 1_000_000))));
    await broker.start();
    return broker;
  }

  /** It is told to go, and goes within milliseconds; its connections end in the middle of whatever is on them. */
  leave(): void {
    this.#child?.kill("SIGTERM");
  }

  /** Resolves when it answers again. */
  async start(): Promise<void> {
    if (this.#child && this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
    this.#child = spawn(systemProgram("mosquitto"), ["-c", join(this.#folder, "mosquitto.conf")], { stdio: "ignore" });
    for (let tries = 0; tries < 400; tries++) {
      const probe = await connectAsync(`mqtt://127.0.0.1:${this.port}`, { reconnectPeriod: 0, connectTimeout: 1000 }).catch(
        () => undefined,
      );
      if (probe) return probe.endAsync();
      await sleep(20);
    }
    throw new Error("mosquitto did not start");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
