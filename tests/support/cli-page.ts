import type { Command } from "../../runtime/cli/command.ts";
import { COMMANDS } from "../../runtime/cli/commands.ts";
import { EXIT } from "../../runtime/cli/exit-codes.ts";
import { COMMON_OPTIONS, optionsOf } from "../../runtime/cli/options.ts";

const HEAD = `# The command line

\`npx steppps\` in the checkout. Every command takes \`--json\` (its result as JSON on stdout, an error as JSON on stderr),
\`--help\`, and \`--data DIR\` or \`$STEPPPS_DATA\` for a data directory other than \`steppps-data\` in the checkout.
\`steppps completion bash|zsh|fish\` prints a completion script.

This page is written from the table in \`runtime/cli/commands.ts\` by \`npm run docs\`; a test holds the two together.
`;

const EXIT_CODES = `## Exit codes

| code | meaning |
|---|---|
${Object.entries(EXIT)
  .map(([name, code]) => `| ${code} | ${name} |`)
  .join("\n")}
`;

/** docs/cli.md, from the table of commands. */
export function cliPage(): string {
  return [HEAD, ...COMMANDS.flatMap((command) => section(command, "steppps")), EXIT_CODES].join("\n");
}

function section(command: Command, parent: string): string[] {
  const path = `${parent} ${command.name}`;
  if (command.commands) return command.commands.flatMap((below) => section(below, path));
  const usage = [path, ...(command.arguments ?? [])].join(" ");
  const options = optionsOf(command).filter((option) => !COMMON_OPTIONS.includes(option));
  const rows = options.map(
    ({ flags, summary, default: fallback }) => `| \`${flags}\` | ${summary}${fallback ? ` (${fallback})` : ""} |`,
  );
  return [
    `## ${path}\n`,
    `${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.\n`,
    `\`\`\`sh\n${usage}\nsteppps ${command.example}   # for example\n\`\`\`\n`,
    ...(rows.length > 0 ? [`| option | |\n|---|---|\n${rows.join("\n")}\n`] : []),
  ];
}
