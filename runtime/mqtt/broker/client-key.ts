/**
 * The name under which a client's session is kept. Those of a user are apart from everyone else's, so that nobody takes over
 * another one's session by saying its client id:
 *
 *   <client id>             a client without a user
 *   @<user>/<client id>     a user's; a user's name has no '/'
 *   @/<client id>           a client without a user, whose id begins with '@'
 */
export function clientKey(user: string | undefined, clientId: string): string {
  if (user !== undefined) return `@${user}/${clientId}`;
  return clientId.startsWith("@") ? `@/${clientId}` : clientId;
}

/** The user to whom the session of that key belongs; undefined for a client without one. */
export function userOf(key: string): string | undefined {
  if (!key.startsWith("@")) return undefined;
  return key.slice(1, key.indexOf("/")) || undefined;
}
