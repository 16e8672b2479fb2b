import { HISTORY_SECONDS } from "../../figures/history.ts";

const HEIGHT = 40;
/** Room for the stroke above the highest value and below zero. */
const MARGIN = 2;

/** The last minute, newest at the right, zero at the bottom. Decoration: the number stands beside it. */
export function Sparkline({ values }: { values: readonly number[] }) {
  const line = linePath(values);
  const from = HISTORY_SECONDS - values.length;
  return (
    <svg class="sparkline" viewBox={`0 0 ${HISTORY_SECONDS - 1} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="sparkline-zero" d={`M0 ${HEIGHT - MARGIN}H${HISTORY_SECONDS}`} />
      {values.length > 1 && (
        <>
          <path class="sparkline-area" d={`${line}V${HEIGHT - MARGIN}H${from}Z`} />
          <path class="sparkline-line" d={line} />
        </>
      )}
    </svg>
  );
}

function linePath(values: readonly number[]): string {
  const highest = Math.max(1, ...values);
  const points = values.map((value, i) => {
    const y = HEIGHT - MARGIN - (value / highest) * (HEIGHT - 2 * MARGIN);
    return `${HISTORY_SECONDS - values.length + i} ${y.toFixed(1)}`;
  });
  return `M${points.join("L")}`;
}
