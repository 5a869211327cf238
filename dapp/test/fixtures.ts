import type { Area, Meta, Site } from '../app/api/types'

export const NOW = 1_795_400_000

export const meta: Meta = {
  chainId: 31337,
  headNumber: 120,
  indexedNumber: 119,
  finalizedNumber: 110,
  lagBlocks: 1,
  lagS: 2,
  nowUnixS: NOW,
  recordsReceived: 400,
  recordsVerified: 300,
  sealedVerified: 40,
  recordsRefused: 3,
  batchesAnchored: 9,
  batchesVerified: 8,
  batchesFailed: 1,
  batchesWaiting: 0,
  provenance: { kind: 'REPLAY', source: 'a utility', shiftS: 35 * 86_400, uncertaintyS: 60 },
}

export const area: Area = {
  areaId: 'ambala',
  name: 'Ambala',
  provenance: 'REPLAY',
  customers: 230,
  devices: 12,
  houses: 6,
  asOfUnixS: NOW - 60,
  sitesByState: { on: 3, off: 2, noData: 1, total: 6 },
  customersByState: { on: 100, off: 105, noData: 25, total: 230 },
  coverage: [{ localDate: '2026-11-23', received: 90, expected: 100, share: 0.9 }],
  cells: [{ cell: 'cell-1', words: 'a few are off (6 enrolled)' }],
  batches: [
    {
      number: 7,
      status: 'FAILED',
      reason: 'leaf 3: out of order',
      count: 20,
      publicCount: 0,
      sealedCount: 0,
      anchoredAtUnixS: NOW - 60,
      periodEndUnixS: NOW - 70,
      transactionHash: '0x12',
      uri: 'ipfs://bafk',
      finalized: false,
    },
  ],
}

export const site: Site = {
  deviceId: 'dt-1',
  siteId: 'site-1',
  kind: 'TRANSFORMER',
  locality: 'Naraingarh',
  feederName: '11KV CITY',
  customers: 35,
  now: { state: 'OFF', sinceUnixS: NOW - 4_000, lastHeardUnixS: NOW - 4_000, anchored: 'FINAL', batchNumber: 6 },
}
