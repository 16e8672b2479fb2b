import { useEffect, useState } from "preact/hooks";

const PREFIX = "#/plugins/";

export const pluginLink = (plugin: string) => `${PREFIX}${encodeURIComponent(plugin)}`;

/** The plugin whose own view is open, by the address. */
export function pluginOf(hash: string): string | undefined {
  if (!hash.startsWith(PREFIX)) return undefined;
  try {
    return decodeURIComponent(hash.slice(PREFIX.length)) || undefined;
  } catch {
    return undefined;
  }
}

export function usePlugin(): string | undefined {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = () => {
      setHash(location.hash);
      scrollTo(0, 0);
    };
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return pluginOf(hash);
}
