import type { DeployReport } from "../../../contract/index.ts";
import { act } from "../model/device.ts";
import { useAct } from "../model/use-act.ts";
import { Lines } from "./outcome.tsx";
import { Refused } from "./refused.tsx";

/** Deploys that wait for a person, each with what it asks for. */
export function Approvals({ deploys, done }: { deploys: readonly DeployReport[]; done: () => void }) {
  const waiting = deploys.filter(({ outcome }) => outcome === "waiting");
  return (
    <>
      {waiting.map((report) => (
        <Approval key={report.id} report={report} done={done} />
      ))}
    </>
  );
}

function Approval({
  report: { id, plugin = "", version = "", from, asks = [] },
  done,
}: {
  report: DeployReport;
  done: () => void;
}) {
  const { busy, refusal, run } = useAct();
  const decide = async (verb: "approve" | "refuse") => {
    await run(() => act(verb, { deploy: id }));
    done();
  };
  return (
    <section class="panel approval" aria-label={`${plugin} ${version} waits for approval`}>
      <h2>
        {plugin} {version} waits for approval
      </h2>
      <Lines title={from ? `It asks for what ${from} may not:` : "It asks to:"} lines={asks} />
      <Refused refusal={refusal} />
      <div class="buttons">
        <button type="button" aria-disabled={busy} onClick={() => void decide("refuse")}>
          Refuse
        </button>
        <button type="button" class="primary" aria-disabled={busy} onClick={() => void decide("approve")}>
          Approve
        </button>
      </div>
    </section>
  );
}
