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
  E_TRUST_DOWNGRADE: {
    what: "A version is lower than one that was on this device",
    why: "Who replays an old signed version would bring its faults back; going back to a version that is kept here is allowed",
    fix: "Deploy a higher version, or go back with 'steppps plugin rollback'",
  },
  E_TRUST_BUNDLE: {
    what: "The bytes are not a bundle of trust metadata",
    why: "An update is a list of signed metadata files, each of a kind and a size that is known here",
    fix: "Send the file that 'steppps trust update --out' wrote, unchanged",
  },
  E_TRUST_METADATA: {
    what: "Signed metadata does not have the shape it has to have",
    why: "A root, targets, snapshot, timestamp or policy is read by one schema, and what it names has to be in it",
    fix: "Make it again with this version of steppps",
  },
  E_TRUST_THRESHOLD: {
    what: "Too few of the keys that have to sign metadata have signed it",
    why: "The root says how many of which keys a role needs; a new root needs enough of the old root's keys and enough of its own",
    fix: "Have the other key holders sign it with 'steppps trust sign', then send it again",
  },
  E_TRUST_CHAIN: {
    what: "A new root does not follow the one that is trusted here",
    why: "Roots are taken one version after the other, so that no change of keys can be left out",
    fix: "Send all the roots from the trusted version on: 'steppps trust update' puts them into the bundle",
  },
  E_TRUST_ROLLBACK: {
    what: "Metadata is older than what was seen here before",
    why: "Versions of metadata only rise, so that nobody can bring back what was taken away",
    fix: "Fetch the newest bundle from whoever signs for this device",
  },
  E_TRUST_MISMATCH: {
    what: "Metadata does not belong together",
    why: "The timestamp names the snapshot, the snapshot the targets and the policy, so that old and new can't be mixed",
    fix: "Make the bundle again with 'steppps trust update --out', and send it whole",
  },
  E_TRUST_EXPIRED: {
    what: "Signed metadata has expired",
    why: "A device that is kept from news has to notice: after this time nothing new is deployed; what runs goes on",
    fix: "Renew it with 'steppps trust sign' and bring it here with 'steppps trust update'; if this device's clock is ahead, set it",
  },
  E_TRUST_INCOMPLETE: {
    what: "The root names a role whose metadata is not here",
    why: "Without it, what may be deployed is not known, so nothing is",
    fix: "Send a whole bundle with 'steppps trust update'",
  },
  E_TRUST_TARGET: {
    what: "A plugin is not among those that the targets name",
    why: "This device takes only the versions and the very bytes that its signed targets list",
    fix: "Add the file with 'steppps trust sign', bring the bundle to the device with 'steppps trust update', then deploy",
  },
  E_TRUST_POLICY: {
    what: "The policy does not let this key do that",
    why: "A signed policy says which key may deploy which plugins to which devices, and give which commands",
    fix: "Sign it with a key that may, or change the policy with 'steppps trust policy'",
  },
  E_TRUST_CAPABILITY: {
    what: "A plugin asks for more than the policy lets its signer give",
    why: "A signed policy bounds the topics and limits of what a key deploys",
    fix: "Take back what it asks for, sign it with another key, or change the policy",
  },
  E_TRUST_COMMAND: {
    what: "A signed command is not one for this device",
    why: "A command names its device and its method inside what is signed, so that it serves no other",
    fix: "Give the command again with --device and the device's own name",
  },
  E_TRUST_STALE: {
    what: "A signed command is too old, or from a time that has not come",
    why: "Commands hold for a few minutes, so that a recorded one can't be given again later",
    fix: "Give it again; set the clock of the machine that signs, or of the device",
  },
  E_TRUST_REPLAY: {
    what: "A signed command was given before",
    why: "Each command is obeyed once",
    fix: "Give it again: it is signed anew each time",
  },
  E_TRUST_KEYS: {
    what: "The keys do not make a root that could be followed",
    why: "A role needs at least as many keys as its threshold, and whoever signs has to hold one of them",
    fix: "Add keys or lower --threshold; name key files that are on this machine to sign with",
  },
  E_TRUST_FOLDER: {
    what: "The folder does not hold the metadata that is needed",
    why: "A root and what follows from it lie in one folder, made by 'steppps trust init'",
    fix: "Name it with --dir, or make one with 'steppps trust init'",
  },
  E_IDENTITY: {
    what: "The device's own key or certificate cannot be used",
    why: "A certificate has to be of the device's own key, and both have to be whole",
    fix: "Import the certificate that was made from this device's 'steppps trust csr'; move data/identity away to have new ones made",
  },
  E_PASSPHRASE: {
    what: "The sealed file cannot be opened",
    why: "The passphrase is wrong, or the file was cut short or changed",
    fix: "Try the passphrase again; take another copy of the file",
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
