// What the queries answer. Times are UNIX seconds.

export type State = 'ON' | 'OFF' | 'NO_DATA'
export type Anchored = 'NO' | 'YES' | 'FINAL'
export type ProvenanceKind = 'LIVE' | 'REPLAY' | 'GENERATED'
export type BatchStatus = 'EMPTY' | 'PENDING' | 'UNAVAILABLE' | 'VERIFIED' | 'FAILED'

export interface Meta {
  chainId: number
  headNumber: number | null
  indexedNumber: number | null
  finalizedNumber: number | null
  lagBlocks: number | null
  lagS: number | null
  nowUnixS: number
  recordsReceived: number
  recordsVerified: number
  sealedVerified: number
  recordsRefused: number
  batchesAnchored: number
  batchesVerified: number
  batchesFailed: number
  batchesWaiting: number
  provenance: { kind: ProvenanceKind; source: string; shiftS: number; uncertaintyS: number }
}

export interface StateCounts {
  on: number
  off: number
  noData: number
  total: number
}

export interface Coverage {
  localDate: string
  received: number
  expected: number
  share: number | null
}

export interface Batch {
  number: number
  status: BatchStatus
  reason: string | null
  count: number
  publicCount: number
  sealedCount: number
  anchoredAtUnixS: number
  periodEndUnixS: number
  transactionHash: string
  uri: string | null
  finalized: boolean
}

export interface Area {
  areaId: string
  name: string
  provenance: ProvenanceKind
  customers: number
  devices: number
  houses: number
  asOfUnixS: number | null
  sitesByState: StateCounts
  customersByState: StateCounts
  coverage: Coverage[]
  cells: { cell: string; words: string }[] | null
  batches: Batch[]
}

export interface Overview {
  _meta: Meta
  areas: Area[]
}

export interface Site {
  deviceId: string
  siteId: string
  kind: 'TRANSFORMER' | 'STREET'
  locality: string
  feederName: string
  customers: number
  now: {
    state: State
    sinceUnixS: number | null
    lastHeardUnixS: number | null
    anchored: Anchored
    batchNumber: number | null
  } | null
}

export interface AreaSites {
  area: { sites: Site[] } | null
}
