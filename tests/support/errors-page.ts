import { ERROR_AREAS, type ErrorTable } from "../../runtime/contract/index.ts";

const HEAD = `# Errors

Every error has a code. The command line, the page, the event log and the replies over MQTT show the same four parts:
what happened, what is particular to this occurrence, why the system answers this way, and what you can do about it.

This page is written from the catalogue in \`runtime/contract/errors/\` by \`npm run docs\`; a test holds the two together.
`;

/** docs/errors.md, from the catalogue. */
export function errorsPage(): string {
  return [HEAD, ...Object.entries(ERROR_AREAS).flatMap(([area, table]) => section(area, table))].join("\n");
}

function section(area: string, table: ErrorTable): string[] {
  const rows = Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1));
  if (rows.length === 0) return [];
  return [
    `## ${area}\n`,
    ...rows.map(([code, { what, why, fix }]) => `### ${code}\n\n${what}.\n\n- Why: ${why}.\n- What to do: ${fix}.\n`),
  ];
}
