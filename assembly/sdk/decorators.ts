/** Decorators mean something to the compiler alone; these declarations let them be imported. */
export function workflow(): void {}
export function publishes(): void {}
export function on(): void {}
export function every(): void {}
export function cron(): void {}
export function timer(): void {}
export function state(): void {}
export function migrate(): void {}
export function inference(): void {}
export function config(): void {}
