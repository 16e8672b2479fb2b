/** What a signed plugin's file ends with. */
export const SIGNED_SUFFIX = ".plugin";
