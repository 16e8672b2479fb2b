import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Diagnostic } from "./diagnostic.ts";
import { type Sdk, sdkFile } from "./sdk.ts";
import { findUnsupported } from "./unsupported.ts";

/** The files of one compilation: the author's, which are looked over as they are read, and the SDK's. */
export class Sources {
  readonly unsupported: Diagnostic[] = [];
  private readonly folder: string;
  private readonly sdk: Sdk;
  private readonly readOwn: (path: string) => Promise<string | undefined>;
  private readonly texts = new Map<string, string>();
  private readonly appended = new Map<string, string>();

  /** `read`: where the author's files come from; the file system where undefined. */
  constructor(folder: string, sdk: Sdk, read: ((path: string) => string | undefined) | undefined) {
    this.folder = folder;
    this.sdk = sdk;
    this.readOwn = read ? async (path) => read(path) : readIfThere;
  }

  /** A file's path as its author knows it. */
  pathOf(path: string): string {
    return join(this.folder, path);
  }

  /** Adds generated code behind a file's own. */
  append(name: string, code: string): void {
    this.appended.set(name, code);
  }

  async read(path: string): Promise<string | undefined> {
    const text = sdkFile(this.sdk, path) ?? (await this.own(path));
    const more = this.appended.get(path);
    return text === undefined || more === undefined ? text : `${text}\n${more}`;
  }

  /** One of the author's files. */
  async own(path: string): Promise<string | undefined> {
    const known = this.texts.get(path);
    if (known !== undefined) return known;
    const text = await this.readOwn(this.pathOf(path));
    if (text === undefined) return undefined;
    this.texts.set(path, text);
    this.unsupported.push(...findUnsupported(this.pathOf(path), text));
    return text;
  }

  /** The text of any file that the compiler names; undefined for AssemblyScript's own library. */
  textOf(path: string): string | undefined {
    return sdkFile(this.sdk, path) ?? this.texts.get(path);
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
}
