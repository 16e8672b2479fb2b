import type { DeployReport } from "../../../contract/index.ts";
import { formatDate, formatMillis } from "../../figures/format.ts";
import { Outcome } from "./outcome.tsx";
import { Empty, Panel } from "./panel.tsx";

/** What was deployed, newest first, and what became of it. */
export function Deploys({ deploys }: { deploys: readonly DeployReport[] }) {
  return (
    <Panel id="deploys" title="Deploys">
      {deploys.length === 0 ? (
        <Empty>
          <p>No deploy is remembered.</p>
        </Empty>
      ) : (
        <ol class="rows">
          {deploys.map((report) => (
            <li key={`${report.id} ${report.time}`}>
              <Outcome report={report} past />
              <p class="muted">
                <time dateTime={new Date(report.time).toISOString()}>{formatDate(report.time)}</time>
                {report.from && <span class="apart">before: {report.from}</span>}
                {report.millis > 0 && <span class="apart">{formatMillis(report.millis)}</span>}
                <span class="apart">{report.id.slice(0, 12)}</span>
              </p>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
