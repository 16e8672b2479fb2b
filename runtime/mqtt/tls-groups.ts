/**
 * Key exchanges of TLS 1.3, the first one liked best: X25519MLKEM768 [draft-ietf-tls-ecdhe-mlkem] holds as long as either of its
 * two does. The others are for sides that do not know it yet; with '*' a key share is sent at once, which saves them a round trip.
 */
export const GROUPS = {
  preferred: "*X25519MLKEM768:*X25519:P-256:P-384",
  required: "X25519MLKEM768",
} as const;
