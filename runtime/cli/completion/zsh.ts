import type { Words } from "./words.ts";

/** Zsh: as in bash, with a summary beside each word. */
export function zsh(rows: readonly Words[]): string {
  return `#compdef steppps
_steppps() {
  local place= word
  local -a choices
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$place $word" in
${rows
  .filter(({ path }) => path !== "")
  .map(({ path }) => `      "${path.includes(" ") ? path : ` ${path}`}") place="${path}" ;;`)
  .join("\n")}
    esac
  done
  case "$place" in
${rows.map((row) => `    "${row.path}") choices=(${choices(row)}) ;;`).join("\n")}
  esac
  _describe -t commands steppps choices || _files
}
if [ "$funcstack[1]" = _steppps ]; then _steppps "$@"; else compdef _steppps steppps; fi`;
}

function choices({ verbs, options }: Words): string {
  return [...verbs, ...options]
    .map(({ name, summary }) => `'${name}:${summary.replaceAll("'", "").replaceAll(":", "\\:")}'`)
    .join(" ");
}
