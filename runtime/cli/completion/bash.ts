import type { Words } from "./words.ts";

/** Bash: the words of the place in the tree that the verbs so far lead to, and files where there are none. */
export function bash(rows: readonly Words[]): string {
  return `# bash completion for steppps
_steppps() {
  local current=\${COMP_WORDS[COMP_CWORD]} path= word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
${rows
  .filter(({ path }) => path !== "")
  .map(({ path }) => `      "${parentOf(path)} ${lastOf(path)}") path="${path}" ;;`)
  .join("\n")}
    esac
  done
  case "$path" in
${rows.map((row) => `    "${row.path}") words="${[...row.verbs, ...row.options].map(({ name }) => name).join(" ")}" ;;`).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _steppps steppps`;
}

function parentOf(path: string): string {
  return path.split(" ").slice(0, -1).join(" ");
}

function lastOf(path: string): string {
  return path.split(" ").at(-1) as string;
}
