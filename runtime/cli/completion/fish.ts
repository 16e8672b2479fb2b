import type { Words } from "./words.ts";

/** Fish: one line for each word, shown when the verbs so far are exactly those of its place. */
export function fish(rows: readonly Words[]): string {
  return `# fish completion for steppps
function __steppps_at
  set -l words (commandline -opc)[2..]
  set -l place
  for word in $words
    contains -- "$place $word" ${rows
      .filter(({ path }) => path !== "")
      .map(({ path }) => `"${path.includes(" ") ? path : ` ${path}`}"`)
      .join(" ")}
    and set place (string trim -- "$place $word")
  end
  test "$place" = "$argv[1]"
end
${rows.flatMap(linesOf).join("\n")}`;
}

function linesOf({ path, verbs, options }: Words): string[] {
  const at = `complete -c steppps -n '__steppps_at "${path}"'`;
  const quoted = (summary: string) => `'${summary.replaceAll("'", "\\'")}'`;
  return [
    ...verbs.map(({ name, summary }) => `${at} -f -a ${name} -d ${quoted(summary)}`),
    ...options.map(({ name, summary, takesValue }) => {
      const flag = name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`;
      return `${at} ${flag} -d ${quoted(summary)}${takesValue ? " -r" : ""}`;
    }),
  ];
}
