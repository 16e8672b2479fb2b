import type { ErrorTable } from "./table.ts";

/** Keys, signed envelopes, and what they carry. */
export const trustErrors = {
  E_ENVELOPE_SIZE: {
    what: "A signed envelope is too large",
    why: "What an unknown sender hands in is bounded before anything of it is read",
    fix: "Make the plugin smaller: 'steppps plugin build' prints what it weighs",
  },
  E_ENVELOPE_FORMAT: {
    what: "The bytes are not a signed envelope",
    why: "Only one encoding is accepted: COSE_Sign (RFC 9052) in deterministic CBOR (RFC 8949, 4.2), nothing before or after it, nothing unsigned in it",
    fix: "Send the file that 'steppps plugin sign' wrote, unchanged",
  },
  E_ENVELOPE_CRITICAL: {
    what: "An envelope has a critical header that is not understood",
    why: "A header marked critical must be obeyed, so an envelope that has an unknown one is refused (RFC 9052, 3.1)",
    fix: "Update this device, or sign again for the version that it runs",
  },
  E_ENVELOPE_ALGORITHM: {
    what: "An envelope is not signed with exactly Ed25519 and ML-DSA-65",
    why: "Both must hold, so that a break of either one alone forges nothing",
    fix: "Sign it again with 'steppps plugin sign'",
  },
  E_ENVELOPE_TYPE: {
    what: "An envelope carries another kind of content than this place takes",
    why: "The signed content type keeps a signature for one purpose from serving another",
    fix: "Send a plugin where a plugin is expected, a policy where a policy is",
  },
  E_ENVELOPE_SIGNER: {
    what: "An envelope is signed by a key that is not an owner's",
    why: "A device runs what its owners signed and nothing else",
    fix: "Add the signer's public key to 'owners' in steppps.yaml ('steppps keys trust'), or sign with an owner's key",
  },
  E_ENVELOPE_SIGNATURE: {
    what: "A signature of an envelope does not hold",
    why: "The bytes were changed after signing, or were signed by another key than they name",
    fix: "Fetch the envelope again, or sign it again",
  },
  E_PACKAGE: {
    what: "A signed envelope does not hold a plugin package",
    why: "A package is a manifest and a WebAssembly module, each of the shape this version knows",
    fix: "Build the plugin again with this version of steppps",
  },
  E_CBOR: {
    what: "The bytes are not deterministic CBOR",
    why: "Signed content has exactly one encoding (RFC 8949, 4.2), so that no two parsers can read it differently",
    fix: "Write it with this version of steppps",
  },
  E_KEY_FORMAT: {
    what: "A key cannot be read",
    why: "A public key is 'steppps-key:' and base64url; a key file is a JWK Set with one Ed25519 and one ML-DSA-65 key",
    fix: "Copy the whole line that 'steppps keys show' prints, or make new keys with 'steppps keys new'",
  },
  E_KEY_MISSING: {
    what: "There is no key of that name",
    why: "Signing needs the private key, which never leaves the machine it was made on",
    fix: "Make one with 'steppps keys new', or name another with --key",
  },
  E_KEY_EXISTS: {
    what: "There is a key of that name already",
    why: "A key is never overwritten: devices that trust it could not be reached any more",
    fix: "Give the new key another name",
  },
  E_KEY_PERMISSIONS: {
    what: "Others than its owner can read a private key file",
    why: "Whoever reads it can sign plugins for every device that trusts it",
    fix: "chmod 600 the file; if others may have read it, make new keys",
  },
} as const satisfies ErrorTable;
