import { useRef, useState } from "preact/hooks";
import type { DeployReport } from "../../../contract/index.ts";
import { upload } from "../model/device.ts";
import { useAct } from "../model/use-act.ts";
import { Outcome } from "./outcome.tsx";
import { Refused } from "./refused.tsx";

/** Takes a signed package, chosen or dropped here, and says what became of it. */
export function Deploy({ done }: { done: () => void }) {
  const [over, setOver] = useState(false);
  const [share, setShare] = useState<number>();
  const [report, setReport] = useState<DeployReport>();
  const [canary, setCanary] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const { busy, refusal, run } = useAct();

  const send = async (file: File | undefined) => {
    if (!file) return;
    setReport(undefined);
    const percent = canary === "" ? undefined : Number(canary);
    await run(async () => setReport(await upload<DeployReport>(file, percent, setShare)));
    setShare(undefined);
    if (input.current) input.current.value = "";
    done();
  };
  const drag = (event: DragEvent, on: boolean) => {
    event.preventDefault();
    setOver(on);
  };

  return (
    <section
      class={`deploy ${over ? "over" : ""}`}
      aria-label="Deploy a plugin"
      onDragOver={(event) => drag(event, true)}
      onDragLeave={(event) => drag(event, false)}
      onDrop={(event) => {
        drag(event, false);
        void send(event.dataTransfer?.files[0]);
      }}
    >
      <label for="package">Deploy a signed plugin: choose a .steppps file, or drop it here</label>
      <div class="row">
        <input
          id="package"
          ref={input}
          type="file"
          accept=".steppps"
          disabled={busy}
          onChange={(event) => void send(event.currentTarget.files?.[0])}
        />
        <label for="canary">Try it first on</label>
        <select id="canary" value={canary} disabled={busy} onChange={(event) => setCanary(event.currentTarget.value)}>
          <option value="">recorded inputs only</option>
          {[1, 10, 25, 50].map((percent) => (
            <option key={percent} value={percent}>
              {percent}% of the inputs
            </option>
          ))}
        </select>
      </div>
      <div role="status">
        {share !== undefined && (
          <p>
            {share < 1 ? "Sending " : "Trying it on the device "}
            <progress value={share < 1 ? share : undefined} max={1} aria-label="Sending" />
          </p>
        )}
        {report && <Outcome report={report} />}
      </div>
      <Refused refusal={refusal} />
    </section>
  );
}
