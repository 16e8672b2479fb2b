import { existsSync, readFileSync } from "node:fs";

const PUBLIC = "https://deb.debian.org/debian";
const SOURCES = ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"];

/** The mirror that this machine gets its Debian packages from; Debian's own where it is another system. Without a slash at its end. */
export function debianMirror(): string {
  for (const file of SOURCES.filter((path) => existsSync(path))) {
    const found = /^(?:URIs:\s*|deb (?:\[[^\]]*\] )?)(\S*\/debian)\/?(?:\s|$)/m.exec(readFileSync(file, "utf8"));
    if (found?.[1]) return found[1];
  }
  return PUBLIC;
}
