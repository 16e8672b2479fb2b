export const ROOT: string;
export const OUT: string;
export const PROGRAM: string;
export const INPUTS: string;
export function bundleIsFresh(): boolean;
