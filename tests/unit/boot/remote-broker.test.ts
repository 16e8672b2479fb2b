import { expect, test } from "vitest";
import { readRemote } from "../../../runtime/boot/remote-broker.ts";
import { utf8 } from "../../../runtime/contract/index.ts";

const files = (all: Readonly<Record<string, string>>) => ({
  read: async (path: string) => (all[path] === undefined ? undefined : utf8(all[path])),
});
const DATA = { path: "/data" };
const own = async () => "own key";

test("reads what the settings name, below the data directory", async () => {
  const given = files({ "/data/tls/ca.pem": "ca", "/data/cert.pem": "cert", "/data/key.pem": "key", "/data/pass": "secret\n" });
  const settings = { username: "u", passwordFile: "pass", ca: "tls/ca.pem", certificate: "cert.pem", key: "key.pem", pin: "p" };
  expect(await readRemote(DATA, { ...settings, postQuantum: "required" }, own, given)).toEqual({
    username: "u",
    password: "secret",
    tls: { ca: "ca", certificate: "cert", key: "key", pin: "p", postQuantum: "required" },
  });
});

test("a certificate without a key is for the device's own; nothing is asked for that is not needed", async () => {
  expect(await readRemote(DATA, { certificate: "c" }, own, files({ "/data/c": "cert" }))).toEqual({
    tls: { certificate: "cert", key: "own key" },
  });
  const never = async () => Promise.reject(new Error("not to be asked"));
  expect(await readRemote(DATA, { password: "in place" }, never, files({}))).toEqual({ password: "in place", tls: {} });
});

test("a file that is missing is named", async () => {
  await expect(readRemote(DATA, { ca: "gone.pem" }, own, files({}))).rejects.toMatchObject({
    code: "E_TLS_FILE",
    detail: "gone.pem is not there",
  });
});
