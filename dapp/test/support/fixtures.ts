import type { FeederLineFragment, NowFragment, SiteAnswerFragment } from '../../app/api/generated/types'

/** 2026-11-23 07:43:20 in India. */
export const NOW = 1_795_400_000
export const IST_S = 19_800

export const now: NowFragment = {
  state: 'OFF',
  sinceUnixS: NOW - 11_400,
  lastHeardUnixS: NOW - 11_400,
  sequence: 42,
  anchored: 'NO',
  batchNumber: null,
}

export const feeder: FeederLineFragment = {
  feederId: 'palwal-city',
  name: '11KV CITY',
  areaId: 'palwal-3',
  sitesByState: { on: 0, off: 3, noData: 0, total: 3 },
  customersByState: { on: 0, off: 105, noData: 0, total: 105 },
  isWholeFeederOff: true,
}

export const site: SiteAnswerFragment = {
  siteId: 's-0001',
  deviceId: 'hr-0001',
  kind: 'TRANSFORMER',
  locality: 'Badka',
  areaId: 'palwal-3',
  feederId: 'palwal-city',
  feederName: '11KV CITY',
  customers: 35,
  now,
  heartbeatS: 900,
  removed: null,
  provenance: 'REPLAY',
  feeder,
  area: {
    areaId: 'palwal-3',
    name: 'Palwal 3',
    utcOffsetS: IST_S,
    asOfUnixS: NOW - 60,
    batches: [{ number: 7, periodStartUnixS: NOW - 1_000, periodEndUnixS: NOW - 100 }],
  },
}
