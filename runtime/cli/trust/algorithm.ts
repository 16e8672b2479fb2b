import { StepppsError } from "../../contract/errors/index.ts";
import { IDENTITY_ALGORITHMS, type IdentityAlgorithm } from "../../trust/identity/index.ts";

export function algorithmOf(given: string): IdentityAlgorithm {
  const found = IDENTITY_ALGORITHMS.find((algorithm) => algorithm === given);
  if (!found) throw new StepppsError("E_CLI_OPTION", `--algorithm is ${IDENTITY_ALGORITHMS.join(" or ")}`);
  return found;
}
