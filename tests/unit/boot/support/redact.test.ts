import fc from "fast-check";
import { expect, test } from "vitest";
import {
  redactDeploy,
  redactDocument,
  redactEvent,
  redactStatus,
  scrub,
  secretsOf,
} from "../../../../runtime/boot/support/redact.ts";
import type { DeviceDocument, SystemEvent, SystemStatus } from "../../../../runtime/contract/index.ts";
import { EVENT_KINDS } from "../../../../runtime/contract/index.ts";

const SECRET = "hunter2-hunter2";
const document: DeviceDocument = {
  name: "kitchen",
  owners: [`steppps-key:${SECRET}`],
  mqtt: { port: 1884, users: { [SECRET]: { password: SECRET, publish: [SECRET] } }, broker: `mqtt://u:${SECRET}@host` },
  uplink: { url: `mqtts://${SECRET}`, username: SECRET, password: SECRET, rules: [{ direction: "out", filter: SECRET, qos: 1 }] },
  web: { password: SECRET, port: 8081 },
  network: { wifi: { country: "DE", networks: { [SECRET]: { password: SECRET, security: "wpa2" } } } },
  plugins: { hall: { version: "1.0.0", config: { token: SECRET, on: true, level: 5 } } },
};

test("of a document the shape stays, and settings that are harmless", () => {
  const redacted = redactDocument(document);
  expect(JSON.stringify(redacted)).not.toContain(SECRET);
  expect(redacted).toMatchObject({
    name: "kitchen",
    mqtt: { port: 1884, users: { "user-1": { password: "(removed)" } } },
    uplink: { rules: [{ direction: "out", qos: 1, filter: "(removed)" }] },
    network: { wifi: { networks: { "network-1": { password: "(removed)" } } } },
    plugins: { hall: { version: "1.0.0", config: { token: "(removed)" } } },
  });
});

test("a document with a field that nobody thought of keeps it to itself", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.constantFrom("", "mqtt", "plugins", "uplink"), (key, below) => {
      fc.pre(key !== "__proto__");
      const odd = below === "" ? { [`x${key}`]: SECRET } : { [below]: { [`x${key}`]: { [key]: SECRET } } };
      expect(JSON.stringify(redactDocument(odd as DeviceDocument))).not.toContain(SECRET);
    }),
  );
});

test("what plugins said is not in events, whatever their kind", () => {
  for (const kind of EVENT_KINDS.filter((one) => /log|failed|dead-letter|refused|trouble|waiting|step/.test(one))) {
    const event: SystemEvent = { time: 1, kind, level: "info", plugin: "hall", code: "E_X", text: `said ${SECRET} on line 3` };
    expect(JSON.stringify(redactEvent(event))).not.toContain(SECRET);
    expect(redactEvent(event)).toMatchObject({ kind, plugin: "hall", code: "E_X" });
  }
});

test("a status has codes in place of texts, and no addresses", () => {
  const status = {
    device: "kitchen",
    mqtt: { url: `mqtt://u:${SECRET}@host:1883`, clients: 2 },
    web: { url: `http://${SECRET}/` },
    uplink: { url: `mqtts://${SECRET}`, connected: true, waiting: 0 },
    plugins: [{ name: "hall", lastError: `E_PLUGIN_TRAP: ${SECRET}` }],
  } as unknown as SystemStatus;
  expect(JSON.stringify(redactStatus(status))).not.toContain(SECRET);
  expect(redactStatus(status)).toMatchObject({ mqtt: { scheme: "mqtt" }, plugins: [{ lastError: "E_PLUGIN_TRAP" }] });
  const error = { code: "E_X", what: "", detail: SECRET, fix: "" };
  const report = {
    id: "a",
    step: "gate",
    outcome: "refused",
    ok: false,
    differences: [SECRET],
    error,
    time: 1,
    millis: 2,
  } as const;
  expect(JSON.stringify(redactDeploy(report))).not.toContain(SECRET);
});

test("what is secret is found in the document, and taken out of any text", () => {
  const secrets = secretsOf(document);
  expect(secrets).toContain(SECRET);
  fc.assert(
    fc.property(fc.string(), fc.string(), (before, after) => {
      expect(scrub(before + SECRET + after, secrets)).not.toContain(SECRET);
    }),
  );
  expect(scrub(JSON.stringify({ text: 'a "b"\n' }), ['a "b"\n'])).toBe('{"text":"(removed)"}');
});
