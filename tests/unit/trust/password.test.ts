import { describe, expect, test } from "vitest";
import { checkPassword, hashPassword, isPasswordHash } from "../../../runtime/trust/index.ts";

// A salt of 16 bytes, 0 to 15.
const KNOWN = "$scrypt$ln=14,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$";

describe("password", () => {
  test("a hash fits its password alone, and never comes twice", async () => {
    const hash = await hashPassword("correct horse");
    expect(hash).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect([isPasswordHash(hash), await checkPassword("correct horse", hash)]).toEqual([true, true]);
    for (const wrong of ["correct hors", "correct horse ", "", "Correct horse", hash])
      expect(await checkPassword(wrong, hash)).toBe(false);
    expect(await hashPassword("correct horse")).not.toBe(hash);
  });

  test("the same letters typed in another way are the same password", async () => {
    expect(await checkPassword("cafe\u0301 password", await hashPassword("caf\u00e9 password"))).toBe(true);
  });

  test("scrypt as everyone computes it", async () => {
    const { scryptSync } = await import("node:crypto");
    const salt = Buffer.from([...Array(16).keys()]);
    const hash = KNOWN + scryptSync("pleaseletmein", salt, 32, { N: 16_384, r: 8, p: 1 }).toString("base64").replace("=", "");
    expect(await checkPassword("pleaseletmein", hash)).toBe(true);
  });

  test.each([
    ["nothing", ""],
    ["a plain password", "correct horse"],
    ["a dearer one than a device can check", `$scrypt$ln=30,r=8,p=1$${"A".repeat(22)}$${"A".repeat(43)}`],
    ["one without rounds", `$scrypt$ln=00,r=0,p=0$${"A".repeat(22)}$${"A".repeat(43)}`],
    ["a short one", `$scrypt$ln=14,r=8,p=5$${"A".repeat(22)}$AAAA`],
    ["another algorithm", `$argon2id$ln=14,r=8,p=5$${"A".repeat(22)}$${"A".repeat(43)}`],
  ])("%s is no hash, fits nothing, and costs as much to find out", async (_, hash) => {
    expect(isPasswordHash(hash)).toBe(false);
    expect(await checkPassword("correct horse", hash)).toBe(false);
    expect(await checkPassword("", hash)).toBe(false);
  });

  test("one of a megabyte costs no more than any other, and fits nothing", async () => {
    const long = "x".repeat(1_000_000);
    expect(await checkPassword(long, await hashPassword(long.slice(0, 1_024)))).toBe(false);
  });
});
