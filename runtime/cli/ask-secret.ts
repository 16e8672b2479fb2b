import { createInterface } from "node:readline";
import { StepppsError } from "../contract/errors/index.ts";

export interface SecretQuestion {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where a script puts the answer. */
  readonly variable: string;
  /** Ask again, for what cannot be read back. */
  readonly twice?: boolean;
}

/**
 * A passphrase or password: from the environment variable, typed at the terminal without being shown, or a line of standard input
 * where that is no terminal. Never an argument: those are seen by everyone on the machine. Throws E_CLI_OPTION.
 */
export async function askSecret(question: string, { env, variable, twice = false }: SecretQuestion): Promise<string> {
  const given = env[variable];
  if (given !== undefined && given !== "") return given;
  if (!process.stdin.isTTY) return readLine();
  const secret = await typed(`${question}: `);
  if (twice && (await typed("again: ")) !== secret) throw new StepppsError("E_CLI_OPTION", "the two are not the same");
  return secret;
}

async function readLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) return line;
  return "";
}

const ENTER = ["\r", "\n", "\u0004"];

function typed(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(prompt);
  stdin.setRawMode(true).setEncoding("utf8").resume();
  return new Promise((resolve, reject) => {
    let text = "";
    const end = (finish: () => void) => {
      stdin.off("data", take).setRawMode(false).pause();
      stderr.write("\n");
      finish();
    };
    const take = (chunk: string) => {
      for (const character of chunk) {
        if (character === "\u0003") return end(() => reject(new StepppsError("E_CLI_OPTION", "interrupted")));
        if (ENTER.includes(character)) return end(() => resolve(text));
        text = character === "\u007f" || character === "\b" ? [...text].slice(0, -1).join("") : text + character;
      }
    };
    stdin.on("data", take);
  });
}
