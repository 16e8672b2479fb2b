import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkSource } from "../../../runtime/pixel/server/guard.ts";

const hosts = ["127.0.0.1:8080", "localhost:8080", "LOCALHOST", "[::1]:9000"];
const refused = (headers: Record<string, string>) => {
  try {
    checkSource(headers);
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe("the name a request came under", () => {
  test.each(hosts)("%s is this machine", (host) => expect(refused({ host })).toBeUndefined());

  test.each([
    "",
    "evil.example",
    "evil.example:8080",
    "127.0.0.1.evil.example",
    "localhost.evil.example:8080",
    "localhost:8080.evil.example",
    "evil@127.0.0.1",
    "127.0.0.1:8080@evil.example",
    "127.0.0.2",
    "0.0.0.0",
    "[::]",
    "127.0.0.1:8080, evil.example",
  ])("%j is not", (host) => expect(refused({ host })).toBe("E_PAGE_HOST"));

  test("nothing else than the three names passes", () => {
    const own = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;
    const parts = fc.constantFrom("127.0.0.1", "localhost", "[::1]", ":", "8080", ".", "evil", "@", "/", " ", "\t", "%00");
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 5 }), (pieces) => {
        const host = pieces.join("");
        expect(refused({ host }) === undefined).toBe(own.test(host));
      }),
    );
  });
});

describe("the page a request came from", () => {
  const host = "127.0.0.1:8080";

  test("this one", () => {
    expect(refused({ host, origin: "http://127.0.0.1:8080" })).toBeUndefined();
    expect(refused({ host, "sec-fetch-site": "same-origin" })).toBeUndefined();
    expect(refused({ host, "sec-fetch-site": "none" })).toBeUndefined();
  });

  test.each(["null", "http://evil.example", "https://127.0.0.1:8080", "http://127.0.0.1:3000", "http://localhost:8080", ""])(
    "not %j",
    (origin) => expect(refused({ host, origin })).toBe("E_PAGE_ORIGIN"),
  );

  test.each(["cross-site", "same-site"])("not a %s one, unless a link led here", (site) => {
    expect(refused({ host, "sec-fetch-site": site })).toBe("E_PAGE_ORIGIN");
    expect(refused({ host, "sec-fetch-site": site, "sec-fetch-mode": "cors" })).toBe("E_PAGE_ORIGIN");
    expect(refused({ host, "sec-fetch-site": site, "sec-fetch-mode": "navigate" })).toBeUndefined();
  });
});
