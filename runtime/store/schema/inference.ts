export const INFERENCE_TABLES = [
  // What a plugin asked of a model and has no answer for: the request that input `seq`'s batch made in place `place`.
  // tensors: a frame of contract/tensor.ts; asked: ms since the epoch; deadline: ms from then.
  `CREATE TABLE inference (
    plugin TEXT NOT NULL, seq INTEGER NOT NULL, place INTEGER NOT NULL, model TEXT NOT NULL, tag TEXT NOT NULL,
    asked INTEGER NOT NULL, deadline INTEGER NOT NULL, tensors BLOB NOT NULL,
    PRIMARY KEY (plugin, seq, place)
  ) STRICT`,

  // Those that were open when a version came on probation: frames of inputs.
  "ALTER TABLE probation ADD COLUMN requests BLOB NOT NULL DEFAULT x''",
] as const;
