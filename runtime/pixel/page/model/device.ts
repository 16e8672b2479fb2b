/** What the device answered in place of what was asked: the four parts of an error, as everywhere. */
export class Refusal extends Error {
  readonly code: string;
  readonly what: string;
  readonly detail: string;
  readonly fix: string;

  constructor({ code = "", what = "", detail = "", fix = "" }: Partial<Record<"code" | "what" | "detail" | "fix", string>>) {
    super(`${code}: ${what}`);
    this.code = code;
    this.what = what;
    this.detail = detail;
    this.fix = fix;
  }
}

/** `login`: whether one has to log in here; `acts`: whether the page can change anything. */
export interface Session {
  readonly login: boolean;
  readonly in: boolean;
  readonly acts: boolean;
  /** To claim a device that has no owner yet: what to type into the command line. */
  readonly pairing?: { readonly code: string; readonly until: number };
}

/** Says on each POST that it comes from this page (server/guard.ts). */
const ACTION = { "X-Steppps-Action": "1" } as const;

/** Reads below `/api/`. Throws a Refusal. */
export function ask<T>(path: string, args: Readonly<Record<string, string>> = {}): Promise<T> {
  const search = new URLSearchParams(args).toString();
  return send(`/api/${path}${search && `?${search}`}`, {});
}

/** Has the device do something. Throws a Refusal. */
export function act<T>(path: string, args: Readonly<Record<string, string>> = {}): Promise<T> {
  const headers = { ...ACTION, "Content-Type": "application/json" };
  return send(`/api/${path}`, { method: "POST", headers, body: JSON.stringify(args) });
}

async function send<T>(url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, init).catch((cause: unknown) => {
    throw unreachable(cause);
  });
  return read(response.status, await response.text());
}

/** Sends a signed package; `progress` is told the share that is on the device, 0 to 1. Throws a Refusal. */
export function upload<T>(file: Blob, canary: number | undefined, progress: (share: number) => void): Promise<T> {
  // fetch() tells nothing of a body on its way.
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
    request.onerror = () => reject(unreachable());
    request.onload = () => {
      try {
        resolve(read(request.status, request.responseText));
      } catch (refusal) {
        reject(refusal);
      }
    };
    request.open("POST", `/api/deploy${canary === undefined ? "" : `?canary=${canary}`}`);
    for (const [name, value] of Object.entries(ACTION)) request.setRequestHeader(name, value);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(file);
  });
}

function read<T>(status: number, body: string): T {
  const value = parseJson(body);
  if (status >= 200 && status < 300) return value as T;
  throw new Refusal(value && typeof value === "object" ? value : { code: `HTTP ${status}`, what: "The device did not take it" });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const unreachable = (cause?: unknown) =>
  new Refusal({
    code: "offline",
    what: "The device cannot be reached",
    detail: cause instanceof Error ? cause.message : "",
    fix: "Check that it runs and that this computer is on its network, then try again",
  });

export function asRefusal(thrown: unknown): Refusal {
  return thrown instanceof Refusal ? thrown : new Refusal({ code: "page", what: String(thrown) });
}
