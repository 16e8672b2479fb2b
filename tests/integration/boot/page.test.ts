import { afterEach, expect, test } from "vitest";
import { type OpenPageOptions, openPage } from "../../../runtime/boot/page.ts";
import type { SystemEvent } from "../../../runtime/contract/index.ts";
import type { Page } from "../../../runtime/pixel/index.ts";
import { linuxFiles, systemClock } from "../../../runtime/platform/index.ts";
import { openIdentity } from "../../../runtime/trust/identity/index.ts";
import { hashPassword } from "../../../runtime/trust/index.ts";
import { sampleActions } from "../../support/sample-actions.ts";
import { sampleView } from "../../support/sample-view.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const pages: Page[] = [];
afterEach(() => Promise.all(pages.splice(0).map((page) => page.close())));

async function open(web: OpenPageOptions["web"], identity?: OpenPageOptions["identity"]) {
  const emitted: Omit<SystemEvent, "time">[] = [];
  const folder = tempFolder("steppps-page");
  const page = await openPage({
    view: sampleView(),
    version: "0.1.0",
    device: "kitchen",
    web,
    port: 0,
    actions: sampleActions(),
    metrics: async () => "",
    identity: identity ?? (() => openIdentity({ files: linuxFiles(), dir: folder.path }, "kitchen")),
    events: { emit: (event) => void emitted.push(event) },
    clock: systemClock(),
  });
  pages.push(page);
  folder[Symbol.dispose]();
  return { page, emitted };
}

test("stays on loopback unless the document says otherwise, and makes no identity for it", async () => {
  const never = () => Promise.reject(new Error("asked for"));
  for (const web of [undefined, {}, { listen: "loopback", password: "long enough" } as const]) {
    const { page, emitted } = await open(web, never);
    expect([page.lanUrl, emitted]).toEqual([undefined, []]);
  }
});

test("without a password it stays on loopback, with a code", async () => {
  const { page, emitted } = await open({ listen: "all", tlsPort: 0 });
  expect(page.lanUrl).toBeUndefined();
  expect(emitted).toMatchObject([{ kind: "access.refused", level: "error", code: "E_PAGE_OPEN" }]);
});

test("without an identity it stays on loopback, and says why", async () => {
  const { page, emitted } = await open({ listen: "all", tlsPort: 0, password: "long enough" }, () =>
    Promise.reject(new Error("damaged")),
  );
  expect(page.lanUrl).toBeUndefined();
  expect(emitted.at(-1)).toMatchObject({ kind: "supervisor.trouble", text: expect.stringContaining("damaged") });
});

test("a password in clear works and is reported once, without itself; a hash says nothing", async () => {
  const clear = await open({ listen: "all", tlsPort: 0, password: "s3cret s3cret" });
  expect(clear.page.lanUrl).toMatch(/^https:\/\/kitchen\.local:\d+\/$/);
  expect(clear.emitted).toMatchObject([{ kind: "supervisor.trouble", level: "warn" }]);
  expect(JSON.stringify(clear.emitted)).not.toContain("s3cret");
  const hashed = await open({ listen: "all", tlsPort: 0, password: await hashPassword("s3cret s3cret") });
  expect(hashed.page.lanUrl).toMatch(/^https:/);
  expect(hashed.emitted).toEqual([]);
});
