export { IDENTITY_ALGORITHMS, type IdentityAlgorithm } from "./certificate.ts";
export * from "./identity.ts";
