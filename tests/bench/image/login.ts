import { scryptSync } from "node:crypto";

/** Who asks the devices that are measured. */
export const LOGIN = { username: "bench", password: "bench" } as const;

/**
 * Its password's hash at the least cost that a device takes: what a login costs, on purpose, is no part of a start. PHC string format,
 * as runtime/trust/password.ts reads it.
 */
export function quickHash(): string {
  const [salt, cost] = [Buffer.alloc(16, 1), { N: 1024, r: 1, p: 1 }];
  const hash = scryptSync(LOGIN.password, salt, 32, cost);
  const text = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");
  return `$scrypt$ln=10,r=1,p=1$${text(salt)}$${text(hash)}`;
}
