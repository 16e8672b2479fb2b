import fc from "fast-check";
import { expect, test } from "vitest";
import { startSpake2 } from "../../../../runtime/trust/pairing/spake2.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

test("the first vector of RFC 9382, appendix B", () => {
  const w = 0x2ee57912099d31560b3a44b1184b9b4866e904c49d12ac5042c97dca461b1a5fn;
  const shared = { password: new Uint8Array(), identityA: "server", identityB: "client", context: new Uint8Array() };
  const x = 0x43dd0fd7215bdcb482879fca3220c6a968e66d70b1356cac18bb26c84a78d729n;
  const y = 0xdcb60106f276b02606d8ef0a328c02e4b629f84f89786af5befb0bc75b6e66ben;
  const a = startSpake2({ ...shared, role: "A", fixed: { w, secret: x } });
  const b = startSpake2({ ...shared, role: "B", fixed: { w, secret: y } });
  expect(hex(a.share)).toBe(
    "04a56fa807caaa53a4d28dbb9853b9815c61a411118a6fe516a8798434751470f9010153ac33d0d5f2047ffdb1a3e42c9b4e6be662766e1eeb4116988ede5f912c",
  );
  expect(hex(b.share)).toBe(
    "0406557e482bd03097ad0cbaa5df82115460d951e3451962f1eaf4367a420676d09857ccbc522686c83d1852abfa8ed6e4a1155cf8f1543ceca528afb591a1e0b7",
  );
  const [byA, byB] = [a.finish(b.share), b.finish(a.share)];
  expect(hex(byA.proof)).toBe("58ad4aa88e0b60d5061eb6b5dd93e80d9c4f00d127c65b3b35b1b5281fee38f0");
  expect(hex(byB.proof)).toBe("d3e2e547f1ae04f2dbdbf0fc4b79f8ecff2dff314b5d32fe9fcef2fb26dc459b");
});

const side = (role: "A" | "B", password: Uint8Array, context = "c") =>
  startSpake2({ role, password, identityA: "a", identityB: "b", context: Buffer.from(context) });

test("two sides accept each other exactly when code and context are the same", () => {
  const secret = fc.uint8Array({ minLength: 48, maxLength: 48 });
  fc.assert(
    fc.property(secret, secret, fc.boolean(), fc.boolean(), (one, other, sameCode, sameContext) => {
      fc.pre(hex(one) !== hex(other));
      const a = side("A", one);
      const b = side("B", sameCode ? one : other, sameContext ? "c" : "d");
      const [byA, byB] = [a.finish(b.share), b.finish(a.share)];
      expect(byA.accepts(byB.proof)).toBe(sameCode && sameContext);
      expect(byB.accepts(byA.proof)).toBe(sameCode && sameContext);
      expect(byA.accepts(byA.proof)).toBe(false);
    }),
    { numRuns: 12 },
  );
});

test("a share that is no point of the curve is refused", () => {
  const a = side("A", Buffer.alloc(48, 1));
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 60, maxLength: 70 }), (share) => {
      expect(() => a.finish(share)).toThrow();
    }),
  );
  const wrong = Buffer.from(a.share);
  wrong[64] = (wrong[64] as number) ^ 1;
  expect(() => a.finish(wrong)).toThrow();
});
