export { DEFAULT_TRANSFER_LIMITS, type TransferLimits } from "./limits.ts";
export { type Artefact, artefactId } from "./offer.ts";
export type { Link } from "./round.ts";
export { type SendOptions, type Sent, sendArtefact } from "./send.ts";
export { Transfers, type TransfersOptions } from "./transfers.ts";
