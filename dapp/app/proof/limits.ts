// The limits of the formats (docs/protocol.md) and of what a check takes from a server.

export const MAX_RECORD_BYTES = 500
export const MAX_BLOCK_BYTES = 262_144
export const MAX_HEADER_BYTES = 524_288
export const MAX_BLOCKS = 1024
export const MAX_CELLS = 2048
/** Fewest houses that are counted together. */
export const MIN_CELL = 5
export const MAX_LATITUDE_E6 = 90_000_000
export const MAX_LONGITUDE_E6 = 180_000_000
export const MAX_UTC_OFFSET_S = 14 * 3600
/** Siblings that a path of a tree with 2^53 - 1 leaves has. */
export const MAX_PATH = 53
/** Most records and devices in a block of evidence. */
export const MAX_EVIDENCE_RECORDS = 64

/** Largest answer to a read of the chain: many times what any of ours takes. */
export const MAX_RPC_ANSWER_BYTES = 65_536
/** Largest answer with a record and its path, or with the names of all blocks. */
export const MAX_SERVICE_ANSWER_BYTES = 131_072
/** Bytes of record blocks that are fetched to check a whole batch in a browser. */
export const MAX_BATCH_BYTES = 64 * 1024 * 1024
/** Batches looked back at for the one before that was not empty. */
export const MAX_PREVIOUS_BATCHES = 256
/** Reads of the chain, or blocks, asked for at one time. */
export const MAX_CONCURRENT = 6
/** How long a server is waited for. */
export const ANSWER_TIMEOUT_MS = 20_000
