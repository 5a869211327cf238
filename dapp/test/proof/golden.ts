// The golden files that all implementations share.
import { readFileSync } from 'node:fs'

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../../protocol/tests/golden/${name}`, import.meta.url), 'utf8')) as T

export interface RecordVector {
  public_key: string
  record: string
  valid: boolean
  leaf: string | null
  why: string | null
}

export interface Sealed {
  header: string
  blocks: string[]
  digest: string
  cid: string
  root: string
}

export interface BatchVectors {
  roster: Sealed & { binary_leaves: string[] }
  batch: Sealed & { count: number; proofs: { leaf: string; leaf_index: number; path: string[] }[] }
}

export const RECORDS = read<RecordVector[]>('record.json')
export const { roster: ROSTER, batch: BATCH } = read<BatchVectors>('batch.json')

/** What came with version 2 of the batch: records with its fields or around them, and a batch of it. */
export const FIELDS = read<{ records: RecordVector[]; batch: BatchVectors['batch'] }>('fields.json')

/** What goes with a complaint: evidence of the golden batch, texts, and spellings of both that are refused. */
export interface ComplaintVectors {
  evidence: { block: string; digest: string }
  refused_evidence: string[]
  texts: { words: string; photo: string | null; block: string; digest: string }[]
  refused_texts: string[]
}
export const COMPLAINT = read<ComplaintVectors>('complaint.json')
