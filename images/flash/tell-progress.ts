const EVERY_MS = 2000;

/** Says how far each step is, now and then: bytes, share and speed. */
export function tellProgress(total: number, say: (line: string) => void, now = () => performance.now()) {
  let current = "";
  let [began, said] = [0, 0];
  return (step: string, bytes: number): void => {
    if (step !== current) {
      [current, began, said] = [step, now(), Number.NEGATIVE_INFINITY];
    }
    const at = now();
    if (at - said < EVERY_MS && bytes < total) return;
    said = at;
    const speed = at > began ? `, ${(bytes / 1e3 / (at - began)).toFixed(0)} MB/s` : "";
    say(`${step}: ${Math.floor((bytes / total) * 100)} % of ${(total / 1e6).toFixed(0)} MB${speed}`);
  };
}
