import fc from "fast-check";
import { expect, test } from "vitest";
import { parseLease, readTold } from "../../../../runtime/platform/linux/network/lease.ts";

const told = (values: Record<string, string>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");

test("an address, the way out and the name servers are taken from what udhcpc was told", () => {
  const values = {
    event: "bound",
    ip: "10.0.2.15",
    mask: "24",
    router: "10.0.2.2 10.0.2.9",
    dns: "10.0.2.3 1.1.1.1",
    lease: "86400",
  };
  expect(parseLease(told(values))).toEqual({ address: "10.0.2.15/24", gateway: "10.0.2.2", dns: ["10.0.2.3", "1.1.1.1"] });
  expect(parseLease(told({ ...values, event: "renew", router: "" }))).not.toHaveProperty("gateway");
});

test.each(["deconfig", "leasefail", "nak", ""])("after %j there is no lease", (event) => {
  expect(parseLease(told({ event, ip: "10.0.2.15", mask: "24" }))).toBeUndefined();
});

test.each([
  { ip: "10.0.2.15; reboot", mask: "24" },
  { ip: "10.0.2.15", mask: "33" },
  { ip: "10.0.2.15", mask: "-1" },
  { ip: "", mask: "" },
  { ip: "fe80::1", mask: "24" },
])("a server that answers %o is not believed", (values) => {
  expect(() => parseLease(told({ event: "bound", ...values }))).toThrowError(/E_NETWORK_LEASE/);
});

test("what is no address is left out of name servers and gateways", () => {
  const lease = parseLease(told({ event: "bound", ip: "10.0.0.2", mask: "8", router: "$(x)", dns: "evil.example 9.9.9.9" }));
  expect(lease).toEqual({ address: "10.0.0.2/8", dns: ["9.9.9.9"] });
});

test("whatever was written, it is a lease, none, or E_NETWORK_LEASE", () => {
  const line = fc
    .tuple(fc.constantFrom("event", "ip", "mask", "router", "dns", "__proto__"), fc.string())
    .map(([a, b]) => `${a}=${b}`);
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.string())), (lines) => {
      try {
        parseLease(lines.join("\n"));
      } catch (error) {
        expect(error).toMatchObject({ code: "E_NETWORK_LEASE" });
      }
    }),
  );
  expect(readTold("x".repeat(100_000))).toEqual({});
});
