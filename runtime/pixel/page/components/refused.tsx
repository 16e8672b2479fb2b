import type { DeployReport } from "../../../contract/index.ts";
import type { Refusal } from "../model/device.ts";

type Shown = Pick<Refusal, "code" | "what" | "detail" | "fix"> | NonNullable<DeployReport["error"]>;

/** Why something was not done, and what to do about it; `past`: it is history, and not read out. */
export function Refused({ refusal, past = false }: { refusal: Shown | undefined; past?: boolean }) {
  if (!refusal) return null;
  const { code, what, detail, fix } = refusal;
  return (
    <div class="refused" {...(!past && { role: "alert" })}>
      <p>
        <strong>{what}.</strong> {detail && <span>{detail}</span>}
      </p>
      {fix && <p>{fix}.</p>}
      <p class="code">{code}</p>
    </div>
  );
}
