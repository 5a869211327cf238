// Made by scripts/types.mjs (npm run types -w dapp). A test fails where it differs from that.
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** Whether a reading is anchored. */
export type Anchored =
  /** Signed and checked by the relayer, but in no verified batch yet. */
  | 'NO'
  /** In a verified batch, in a block that may still be replaced. */
  | 'YES'
  /** In a verified batch in a finalized block. */
  | 'FINAL';

/** What became of an anchored batch. */
export type BatchStatus =
  /** Anchored with zeros: nothing arrived. */
  | 'EMPTY'
  /** Anchored; its blocks are being fetched. */
  | 'PENDING'
  /** Its blocks could not be had so far; asked for again. */
  | 'UNAVAILABLE'
  /** Everything agrees. */
  | 'VERIFIED'
  /** Something does not agree; nothing of it counts. */
  | 'FAILED';

/** How much of a count is told. A count that could tell of one household is not. */
export type CellMask =
  /** Both numbers are told. */
  | 'TOLD'
  /** One to four of those reporting are OFF. */
  | 'FEW_OFF'
  /** At least five of those reporting are OFF, one to four are not. */
  | 'FEW_ON'
  /** Too few houses report: nothing is told. */
  | 'WITHHELD';

/** What was done or said. */
export type ComplaintActionKind =
  /** It was filed. */
  | 'FILED'
  /** An official has taken it on. */
  | 'ACKNOWLEDGE'
  /** Closed: the supply is back. */
  | 'RESOLVE_FIXED'
  /** Closed all the same; never counted as fixed. */
  | 'RESOLVE_NOT_FIXED'
  /** Closed: another complaint says the same. */
  | 'RESOLVE_DUPLICATE'
  /** Closed: another's responsibility. */
  | 'RESOLVE_NOT_OURS'
  /** Closed as no complaint. */
  | 'REJECT'
  /** Opened again. */
  | 'REOPEN'
  /** A note by the filer or an official. */
  | 'NOTE'
  /** Somebody else is affected too. */
  | 'AFFECTED_TOO'
  /** Somebody says that it is still off after it was closed. */
  | 'STILL_OFF';

/** Where a complaint stands. */
export type ComplaintStage =
  /** Nobody has done anything about it yet. */
  | 'FILED'
  /** An official has taken it on. */
  | 'ACKNOWLEDGED'
  /** Closed: `outcome` says how. */
  | 'RESOLVED'
  /** Closed as no complaint. */
  | 'REJECTED'
  /** Open again. */
  | 'REOPENED';

/** How the sensors contradict a "fixed". */
export type ContradictionKind =
  /** The supply was OFF when it was signed. */
  | 'STILL_OFF'
  /** It was OFF again within 24 hours. */
  | 'OFF_AGAIN';

/** What the marks of a map stand for. */
export type MapLevel =
  /** Areas: up to zoom 9. */
  | 'AREAS'
  /** Feeders: zoom 10 to 12. */
  | 'FEEDERS'
  /** Sites: from zoom 13 on. */
  | 'SITES'
  /** Groups of sites that lie near each other: where there is too much of the others in a window. */
  | 'GROUPS';

/** A part of the map in degrees, not across the date line. */
export type MapWindow = {
  /** Lower longitude, from -180. */
  west: number;
  /** Lower latitude, from -90. */
  south: number;
  /** Higher longitude, up to 180; less than 180 degrees from the lower one. */
  east: number;
  /** Higher latitude, up to 90. */
  north: number;
};

/** What a name is of. */
export type NameKind =
  /** An area. */
  | 'AREA'
  /** A feeder, as far as it lies in the area. */
  | 'FEEDER'
  /** A place on a feeder. */
  | 'LOCALITY';

/** What a device states of the mains. */
export type PowerStatus =
  /** Mains present. */
  | 'ON'
  /** Mains absent. */
  | 'OFF';

/** Where readings come from; what is not LIVE is no news. */
export type Provenance =
  /** Measured by a device now. */
  | 'LIVE'
  /** Real outages of the past, played again. */
  | 'REPLAY'
  /** Made up by a generator. */
  | 'GENERATED';

/** What kind of place a device watches. Houses are only counted, in cells. */
export type SiteKind =
  /** A distribution transformer. */
  | 'TRANSFORMER'
  /** A street's line. */
  | 'STREET';

/** What is known of a supply now. */
export type State =
  /** Last signed ON, and heard from in time. */
  | 'ON'
  /** Last signed OFF; stays so, unconfirmed, until the next record. */
  | 'OFF'
  /** Nothing heard yet, or nothing in time since an ON. Silence is never OFF. */
  | 'NO_DATA';

/** What was signed. */
export type SubmissionKind =
  /** `SignedFiling`: a complaint. */
  | 'FILING'
  /** `SignedActions`: what an official does, or a filer who reopens. */
  | 'ACTIONS'
  /** `SignedRemark`: a note, "affected too", "still off". */
  | 'REMARK'
  /** `SignedNotice`: a planned outage. */
  | 'NOTICE';

/** How far a submission has come. */
export type SubmissionState =
  /** Checked and safe; not sent yet. */
  | 'WAITING'
  /** On its way into a block. */
  | 'SENT'
  /** In a block, which may still be replaced. */
  | 'MINED'
  /** In a final block. */
  | 'FINAL'
  /** The contract refuses it: `reason` says why. */
  | 'REFUSED';

/** What became of a testimony's block. */
export type TestimonyStatus =
  /** It is being fetched. */
  | 'PENDING'
  /** It could not be had so far; asked for again. */
  | 'UNAVAILABLE'
  /** Its valid records count as anchored, where no batch holds them. */
  | 'COUNTED';

/** What became of a text or photo. */
export type TextState =
  /** Here. */
  | 'HELD'
  /** Erased by the operator; of a text, the digest stays on the chain. */
  | 'ERASED'
  /** Never given to this service. */
  | 'ABSENT';

export type AboutServiceQueryVariables = Exact<{ [key: string]: never; }>;


export type AboutServiceQuery = { _meta: { chainId: number, anchors: string, rosters: string, headNumber: number | null, indexedNumber: number | null, finalizedNumber: number | null, lagS: number | null, recordsReceived: number, recordsVerified: number, recordsRefused: number, batchesVerified: number, batchesFailed: number, batchesWaiting: number, nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } } };

export type SiteAnswerFragment = { heartbeatS: number, latitudeDeg: number, longitudeDeg: number, removed: string | null, provenance: Provenance, siteId: string, deviceId: string, kind: SiteKind, locality: string, areaId: string, feederId: string, feederName: string, customers: number, feeder: { feederId: string, name: string, areaId: string, isWholeFeederOff: boolean, sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } } | null, area: { areaId: string, name: string, utcOffsetS: number, asOfUnixS: number | null, batches: Array<{ number: number, periodStartUnixS: number, periodEndUnixS: number }> } | null, now: { state: State, sinceUnixS: number | null, lastHeardUnixS: number | null, sequence: number | null, anchored: Anchored, batchNumber: number | null } | null };

export type SiteAnswerQueryVariables = Exact<{
  siteId?: string | null | undefined;
  deviceId?: string | null | undefined;
}>;


export type SiteAnswerQuery = { _meta: { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } }, site: { heartbeatS: number, latitudeDeg: number, longitudeDeg: number, removed: string | null, provenance: Provenance, siteId: string, deviceId: string, kind: SiteKind, locality: string, areaId: string, feederId: string, feederName: string, customers: number, feeder: { feederId: string, name: string, areaId: string, isWholeFeederOff: boolean, sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } } | null, area: { areaId: string, name: string, utcOffsetS: number, asOfUnixS: number | null, batches: Array<{ number: number, periodStartUnixS: number, periodEndUnixS: number }> } | null, now: { state: State, sinceUnixS: number | null, lastHeardUnixS: number | null, sequence: number | null, anchored: Anchored, batchNumber: number | null } | null } | null };

export type FeederAnswerQueryVariables = Exact<{
  id: string;
}>;


export type FeederAnswerQuery = { _meta: { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } }, feeder: { feederId: string, name: string, areaId: string, isWholeFeederOff: boolean, sites: Array<{ latitudeDeg: number, longitudeDeg: number, siteId: string, deviceId: string, kind: SiteKind, locality: string, areaId: string, feederId: string, feederName: string, customers: number, now: { state: State, sinceUnixS: number | null, lastHeardUnixS: number | null, sequence: number | null, anchored: Anchored, batchNumber: number | null } | null }>, sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } } | null, areas: Array<{ areaId: string, name: string, utcOffsetS: number, asOfUnixS: number | null }> };

export type AreaAnswerQueryVariables = Exact<{
  id: string;
}>;


export type AreaAnswerQuery = { _meta: { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } }, area: { customersOffShare: number | null, areaId: string, name: string, utcOffsetS: number, provenance: Provenance, customers: number, houses: number, asOfUnixS: number | null, feeders: Array<{ feederId: string, name: string, areaId: string, isWholeFeederOff: boolean, sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } }>, sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } } | null };

export type AreaPageQueryVariables = Exact<{
  id: string;
  fromUnixS: number;
}>;


export type AreaPageQuery = { _meta: { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } }, area: { lane: number, devices: number, customersOffShare: number | null, customersNoDataShare: number | null, areaId: string, name: string, utcOffsetS: number, provenance: Provenance, customers: number, houses: number, asOfUnixS: number | null, roster: { version: number, digest: string, effectiveFromUnixS: number }, cells: Array<{ cell: string, expected: number, reporting: number | null, off: number | null, mask: CellMask, batchNumber: number | null }> | null, feeders: Array<{ feederId: string, name: string, areaId: string, isWholeFeederOff: boolean, sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } }>, batches: Array<{ areaId: string, number: number, status: BatchStatus, reason: string | null, count: number, publicCount: number, sealedCount: number, periodStartUnixS: number, periodEndUnixS: number, anchoredAtUnixS: number, finalized: boolean }>, coverage: Array<{ localDate: string, received: number, expected: number, share: number | null }>, sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } } | null, testimonies: Array<{ digest: string, uri: string | null, by: string, atUnixS: number, status: TestimonyStatus, reason: string | null, records: number, refused: number, finalized: boolean, transactionHash: string }>, outages: { hasMore: boolean, items: Array<{ id: string, deviceId: string, areaId: string, feederId: string, kind: SiteKind, startUnixS: number, startSequence: number, endUnixS: number | null, endSequence: number | null, startUncertain: boolean, endUncertain: boolean, durationS: number | null, site: { siteId: string, locality: string } | null }> } };

export type BatchPageQueryVariables = Exact<{
  areaId: string;
  number: number;
}>;


export type BatchPageQuery = { _meta: { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } }, area: { areaId: string, name: string, utcOffsetS: number, firstBatchNumber: number, batches: Array<{ number: number }> } | null, batch: { root: string, digest: string, uri: string | null, previousDigest: string, offRecords: number, blockNumber: number, blockHash: string, transactionHash: string, rosterVersion: number, blockUris: Array<string>, bytes: number, areaId: string, number: number, status: BatchStatus, reason: string | null, count: number, publicCount: number, sealedCount: number, periodStartUnixS: number, periodEndUnixS: number, anchoredAtUnixS: number, finalized: boolean, cells: Array<{ cell: string, expected: number, reporting: number | null, off: number | null, mask: CellMask, batchNumber: number | null }>, spans: Array<{ deviceId: string, firstSequence: number, lastSequence: number }>, flags: Array<{ deviceId: string, sequence: number, flag: string }> } | null };

export type CheckPageQueryVariables = Exact<{
  deviceId: string;
  sequence: number;
  batchNumber?: number | null | undefined;
}>;


export type CheckPageQuery = { _meta: { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } }, record: { powerStatus: PowerStatus, timestampUnixS: number, record: string, areaId: string, batchNumber: number, provenance: Provenance } | null, site: { siteId: string, deviceId: string, kind: SiteKind, locality: string, areaId: string, feederId: string, feederName: string, customers: number, area: { name: string, utcOffsetS: number, asOfUnixS: number | null, batches: Array<{ periodStartUnixS: number, periodEndUnixS: number }> } | null, now: { state: State, sinceUnixS: number | null, lastHeardUnixS: number | null, sequence: number | null, anchored: Anchored, batchNumber: number | null } | null } | null };

export type EventLineFragment = { id: string, kind: ComplaintActionKind, signer: string, signerLevel: number | null, index: number | null, hash: string | null, noteDigest: string | null, note: string | null, duplicateOf: string | null, atUnixS: number, blockNumber: number, transactionHash: string, finalized: boolean, noteErasure: { reason: string } | null, contradiction: { kind: ContradictionKind, atUnixS: number, deviceId: string, sequence: number } | null };

export type ComplaintPageQueryVariables = Exact<{
  id: string;
}>;


export type ComplaintPageQuery = { _meta: { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } }, complaint: { filer: string, textDigest: string, evidenceDigest: string | null, id: string, areaId: string, siteId: string | null, feederId: string | null, class: string, filedAtUnixS: number, lastAction: ComplaintActionKind, index: number, head: string, reopenings: number, openedAtUnixS: number, clockS: number, dueAtUnixS: number, level: number, affectedToo: number, stillOff: number, isSensorBacked: boolean, finalized: boolean, text: { state: TextState, block: string | null, erasure: { reason: string } | null, photo: { state: TextState, mediaType: string | null, erasure: { reason: string } | null } | null }, actions: Array<{ id: string, kind: ComplaintActionKind, signer: string, signerLevel: number | null, index: number | null, hash: string | null, noteDigest: string | null, note: string | null, duplicateOf: string | null, atUnixS: number, blockNumber: number, transactionHash: string, finalized: boolean, noteErasure: { reason: string } | null, contradiction: { kind: ContradictionKind, atUnixS: number, deviceId: string, sequence: number } | null }>, contradiction: { kind: ContradictionKind, atUnixS: number, deviceId: string, sequence: number } | null } | null };

export type SensorLineFragment = { latitudeDeg: number, longitudeDeg: number, heartbeatS: number, siteId: string, deviceId: string, kind: SiteKind, locality: string, areaId: string, feederId: string, feederName: string, customers: number, history: Array<{ powerStatus: PowerStatus, firstUnixS: number, lastUnixS: number, firstSequence: number, lastSequence: number, gapBefore: boolean, firstIsUpperBound: boolean, phases: string | null }>, now: { state: State, sinceUnixS: number | null, lastHeardUnixS: number | null, sequence: number | null, anchored: Anchored, batchNumber: number | null } | null };

export type BesideSiteQueryVariables = Exact<{
  areaId: string;
  siteId: string;
  fromUnixS: number;
}>;


export type BesideSiteQuery = { site: { latitudeDeg: number, longitudeDeg: number, heartbeatS: number, siteId: string, deviceId: string, kind: SiteKind, locality: string, areaId: string, feederId: string, feederName: string, customers: number, history: Array<{ powerStatus: PowerStatus, firstUnixS: number, lastUnixS: number, firstSequence: number, lastSequence: number, gapBefore: boolean, firstIsUpperBound: boolean, phases: string | null }>, now: { state: State, sinceUnixS: number | null, lastHeardUnixS: number | null, sequence: number | null, anchored: Anchored, batchNumber: number | null } | null } | null, notices: Array<{ id: string, areaId: string, feederId: string | null, signer: string, signerLevel: number, startUnixS: number, endUnixS: number, restorationUnixS: number, reason: string | null, reasonDigest: string, withdrawn: boolean, changes: string | null, changedBy: string | null, isLate: boolean, atUnixS: number, transactionHash: string }> };

export type BesideFeederQueryVariables = Exact<{
  areaId: string;
  feederId: string;
  fromUnixS: number;
}>;


export type BesideFeederQuery = { feeder: { sites: Array<{ latitudeDeg: number, longitudeDeg: number, heartbeatS: number, siteId: string, deviceId: string, kind: SiteKind, locality: string, areaId: string, feederId: string, feederName: string, customers: number, history: Array<{ powerStatus: PowerStatus, firstUnixS: number, lastUnixS: number, firstSequence: number, lastSequence: number, gapBefore: boolean, firstIsUpperBound: boolean, phases: string | null }>, now: { state: State, sinceUnixS: number | null, lastHeardUnixS: number | null, sequence: number | null, anchored: Anchored, batchNumber: number | null } | null }> } | null, notices: Array<{ id: string, areaId: string, feederId: string | null, signer: string, signerLevel: number, startUnixS: number, endUnixS: number, restorationUnixS: number, reason: string | null, reasonDigest: string, withdrawn: boolean, changes: string | null, changedBy: string | null, isLate: boolean, atUnixS: number, transactionHash: string }> };

export type ReportSiteQueryVariables = Exact<{
  siteId?: string | null | undefined;
}>;


export type ReportSiteQuery = { _meta: { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } }, site: { siteId: string, deviceId: string, locality: string, feederId: string, feederName: string, areaId: string } | null };

export type ReportFeederQueryVariables = Exact<{
  id: string;
}>;


export type ReportFeederQuery = { _meta: { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } }, feeder: { feederId: string, name: string, areaId: string, sites: Array<{ deviceId: string }> } | null };

export type TrailPlacesQueryVariables = Exact<{
  areaId: string;
}>;


export type TrailPlacesQuery = { area: { feeders: Array<{ feederId: string, stationId: string, sites: Array<{ siteId: string, stationId: string }> }> } | null };

export type ReportTermsQueryVariables = Exact<{
  areaId: string;
}>;


export type ReportTermsQuery = { _meta: { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } }, area: { areaId: string, name: string, utcOffsetS: number } | null, complaintClasses: Array<{ class: string, clockS: number }> };

export type ComplaintLineFragment = { id: string, areaId: string, siteId: string | null, feederId: string | null, class: string, filedAtUnixS: number, lastAction: ComplaintActionKind, index: number, head: string, reopenings: number, openedAtUnixS: number, clockS: number, dueAtUnixS: number, level: number, affectedToo: number, stillOff: number, isSensorBacked: boolean, finalized: boolean, contradiction: { kind: ContradictionKind, atUnixS: number, deviceId: string, sequence: number } | null };

export type ComplaintsQueryVariables = Exact<{
  areaId?: string | null | undefined;
  feederId?: string | null | undefined;
  siteId?: string | null | undefined;
  stages?: Array<ComplaintStage> | ComplaintStage | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type ComplaintsQuery = { _meta: { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } }, complaints: { hasMore: boolean, endCursor: string | null, items: Array<{ id: string, areaId: string, siteId: string | null, feederId: string | null, class: string, filedAtUnixS: number, lastAction: ComplaintActionKind, index: number, head: string, reopenings: number, openedAtUnixS: number, clockS: number, dueAtUnixS: number, level: number, affectedToo: number, stillOff: number, isSensorBacked: boolean, finalized: boolean, contradiction: { kind: ContradictionKind, atUnixS: number, deviceId: string, sequence: number } | null }> } };

export type QueueQueryVariables = Exact<{
  areaId: string;
  stages?: Array<ComplaintStage> | ComplaintStage | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type QueueQuery = { complaints: { hasMore: boolean, endCursor: string | null, items: Array<{ textDigest: string, id: string, areaId: string, siteId: string | null, feederId: string | null, class: string, filedAtUnixS: number, lastAction: ComplaintActionKind, index: number, head: string, reopenings: number, openedAtUnixS: number, clockS: number, dueAtUnixS: number, level: number, affectedToo: number, stillOff: number, isSensorBacked: boolean, finalized: boolean, text: { block: string | null }, contradiction: { kind: ContradictionKind, atUnixS: number, deviceId: string, sequence: number } | null }> } };

export type QueueRestQueryVariables = Exact<{
  areaId: string;
  stages?: Array<ComplaintStage> | ComplaintStage | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type QueueRestQuery = { complaints: { hasMore: boolean, endCursor: string | null, items: Array<{ id: string }> } };

export type AreaNameQueryVariables = Exact<{
  id: string;
}>;


export type AreaNameQuery = { area: { name: string, utcOffsetS: number } | null };

export type FeederNameQueryVariables = Exact<{
  id: string;
}>;


export type FeederNameQuery = { feeder: { name: string } | null };

export type SiteNameQueryVariables = Exact<{
  id: string;
}>;


export type SiteNameQuery = { site: { locality: string } | null };

export type FeederPageQueryVariables = Exact<{
  id: string;
  fromUnixS: number;
}>;


export type FeederPageQuery = { _meta: { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } }, feeder: { stationId: string, feederId: string, name: string, areaId: string, isWholeFeederOff: boolean, sites: Array<{ latitudeDeg: number, longitudeDeg: number, heartbeatS: number, siteId: string, deviceId: string, kind: SiteKind, locality: string, areaId: string, feederId: string, feederName: string, customers: number, history: Array<{ powerStatus: PowerStatus, firstUnixS: number, lastUnixS: number, firstSequence: number, lastSequence: number, gapBefore: boolean, firstIsUpperBound: boolean, phases: string | null }>, now: { state: State, sinceUnixS: number | null, lastHeardUnixS: number | null, sequence: number | null, anchored: Anchored, batchNumber: number | null } | null }>, sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } } | null, outages: { hasMore: boolean, items: Array<{ id: string, deviceId: string, areaId: string, feederId: string, kind: SiteKind, startUnixS: number, startSequence: number, endUnixS: number | null, endSequence: number | null, startUncertain: boolean, endUncertain: boolean, durationS: number | null, site: { siteId: string, locality: string } | null }> }, areas: Array<{ areaId: string, name: string, utcOffsetS: number, asOfUnixS: number | null }> };

export type AboutFragment = { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } };

export type CountsFragment = { on: number, off: number, noData: number, total: number };

export type NowFragment = { state: State, sinceUnixS: number | null, lastHeardUnixS: number | null, sequence: number | null, anchored: Anchored, batchNumber: number | null };

export type SiteLineFragment = { siteId: string, deviceId: string, kind: SiteKind, locality: string, areaId: string, feederId: string, feederName: string, customers: number, now: { state: State, sinceUnixS: number | null, lastHeardUnixS: number | null, sequence: number | null, anchored: Anchored, batchNumber: number | null } | null };

export type FeederLineFragment = { feederId: string, name: string, areaId: string, isWholeFeederOff: boolean, sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } };

export type AreaLineFragment = { areaId: string, name: string, utcOffsetS: number, provenance: Provenance, customers: number, houses: number, asOfUnixS: number | null, sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } };

export type OutageLineFragment = { id: string, deviceId: string, areaId: string, feederId: string, kind: SiteKind, startUnixS: number, startSequence: number, endUnixS: number | null, endSequence: number | null, startUncertain: boolean, endUncertain: boolean, durationS: number | null };

export type DayFragment = { localDate: string, received: number, expected: number, share: number | null };

export type BatchLineFragment = { areaId: string, number: number, status: BatchStatus, reason: string | null, count: number, publicCount: number, sealedCount: number, periodStartUnixS: number, periodEndUnixS: number, anchoredAtUnixS: number, finalized: boolean };

export type CellLineFragment = { cell: string, expected: number, reporting: number | null, off: number | null, mask: CellMask, batchNumber: number | null };

export type StretchFragment = { powerStatus: PowerStatus, firstUnixS: number, lastUnixS: number, firstSequence: number, lastSequence: number, gapBefore: boolean, firstIsUpperBound: boolean, phases: string | null };

export type MapWindowQueryVariables = Exact<{
  window: MapWindow;
  zoom: number;
  atUnixS?: number | null | undefined;
}>;


export type MapWindowQuery = { _meta: { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } }, batches: { items: Array<{ periodStartUnixS: number, periodEndUnixS: number }> }, map: { level: MapLevel, atUnixS: number, isPast: boolean, anchoredUpToUnixS: number | null, areas: Array<{ areaId: string, name: string, latitudeDeg: number, longitudeDeg: number, south: number, west: number, north: number, east: number, customersOffShare: number | null, coverageShare: number | null, sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } }>, feeders: Array<{ feederId: string, areaId: string, name: string, latitudeDeg: number, longitudeDeg: number, isWholeFeederOff: boolean, sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } }>, sites: Array<{ siteId: string, kind: SiteKind, locality: string, latitudeDeg: number, longitudeDeg: number, customers: number, state: State, sinceUnixS: number | null, lastHeardUnixS: number | null, anchored: Anchored }>, groups: Array<{ latitudeDeg: number, longitudeDeg: number, south: number, west: number, north: number, east: number, sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } }> } };

export type MapExtentQueryVariables = Exact<{
  window: MapWindow;
}>;


export type MapExtentQuery = { map: { areas: Array<{ south: number, west: number, north: number, east: number }>, groups: Array<{ south: number, west: number, north: number, east: number }> } };

export type NamesQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type NamesQuery = { names: { hasMore: boolean, endCursor: string | null, total: number, items: Array<{ kind: NameKind, id: string, name: string, areaId: string, feederId: string | null, latitudeDeg: number, longitudeDeg: number }> } };

export type SearchNamesQueryVariables = Exact<{
  text: string;
  first: number;
}>;


export type SearchNamesQuery = { search: Array<{ kind: NameKind, id: string, name: string, areaId: string, feederId: string | null, latitudeDeg: number, longitudeDeg: number }> };

export type NearQueryVariables = Exact<{
  latitudeDeg: number;
  longitudeDeg: number;
  first: number;
}>;


export type NearQuery = { _meta: { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } }, near: Array<{ distanceM: number, site: { siteId: string, deviceId: string, kind: SiteKind, locality: string, areaId: string, feederId: string, feederName: string, customers: number, area: { utcOffsetS: number } | null, now: { state: State, sinceUnixS: number | null, lastHeardUnixS: number | null, sequence: number | null, anchored: Anchored, batchNumber: number | null } | null } }> };

export type NoticeLineFragment = { id: string, areaId: string, feederId: string | null, signer: string, signerLevel: number, startUnixS: number, endUnixS: number, restorationUnixS: number, reason: string | null, reasonDigest: string, withdrawn: boolean, changes: string | null, changedBy: string | null, isLate: boolean, atUnixS: number, transactionHash: string };

export type NoticesQueryVariables = Exact<{
  areaId: string;
}>;


export type NoticesQuery = { _meta: { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } }, area: { utcOffsetS: number, feeders: Array<{ feederId: string, name: string }> } | null, notices: Array<{ id: string, areaId: string, feederId: string | null, signer: string, signerLevel: number, startUnixS: number, endUnixS: number, restorationUnixS: number, reason: string | null, reasonDigest: string, withdrawn: boolean, changes: string | null, changedBy: string | null, isLate: boolean, atUnixS: number, transactionHash: string }> };

export type OfficialLineFragment = { wallet: string, level: number, fromUnixS: number, untilUnixS: number, revokedAtUnixS: number | null, isInForce: boolean, areaId: string | null, transactionHash: string };

export type OfficialAreasQueryVariables = Exact<{ [key: string]: never; }>;


export type OfficialAreasQuery = { _meta: { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } }, areas: Array<{ areaId: string, name: string, utcOffsetS: number }> };

export type OfficialsQueryVariables = Exact<{
  areaId: string;
}>;


export type OfficialsQuery = { _meta: { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } }, officials: Array<{ wallet: string, level: number, fromUnixS: number, untilUnixS: number, revokedAtUnixS: number | null, isInForce: boolean, areaId: string | null, transactionHash: string }> };

export type CountsLineFragment = { pendingBefore: number, received: number, redressed: number, pending: number, within50: number, within100: number, within200: number, over200: number, reopened: number, fixed: number, notFixed: number, contradicted: number };

export type ScorecardQueryVariables = Exact<{
  areaId: string;
  official?: string | null | undefined;
  stationId?: string | null | undefined;
}>;


export type ScorecardQuery = { _meta: { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } }, area: { areaId: string, name: string, utcOffsetS: number, feeders: Array<{ stationId: string }> } | null, scorecard: { sensorBacked: { pendingBefore: number, received: number, redressed: number, pending: number, within50: number, within100: number, within200: number, over200: number, reopened: number, fixed: number, notFixed: number, contradicted: number }, others: { pendingBefore: number, received: number, redressed: number, pending: number, within50: number, within100: number, within200: number, over200: number, reopened: number, fixed: number, notFixed: number, contradicted: number } }, officials: Array<{ wallet: string, level: number, fromUnixS: number, untilUnixS: number, revokedAtUnixS: number | null, isInForce: boolean, areaId: string | null, transactionHash: string }> };

export type TrailQueryVariables = Exact<{
  areaId: string;
  first: number;
  after?: string | null | undefined;
}>;


export type TrailQuery = { complaints: { hasMore: boolean, endCursor: string | null, items: Array<{ filer: string, id: string, areaId: string, siteId: string | null, feederId: string | null, class: string, filedAtUnixS: number, lastAction: ComplaintActionKind, index: number, head: string, reopenings: number, openedAtUnixS: number, clockS: number, dueAtUnixS: number, level: number, affectedToo: number, stillOff: number, isSensorBacked: boolean, finalized: boolean, actions: Array<{ id: string, kind: ComplaintActionKind, signer: string, signerLevel: number | null, index: number | null, hash: string | null, noteDigest: string | null, note: string | null, duplicateOf: string | null, atUnixS: number, blockNumber: number, transactionHash: string, finalized: boolean, noteErasure: { reason: string } | null, contradiction: { kind: ContradictionKind, atUnixS: number, deviceId: string, sequence: number } | null }>, contradiction: { kind: ContradictionKind, atUnixS: number, deviceId: string, sequence: number } | null }> } };

export type OverviewAreaFragment = { areaId: string, name: string, sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } };

export type OverviewMapFragment = { areas: Array<{ areaId: string, name: string, sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } }>, groups: Array<{ sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } }> };

export type OverviewQueryVariables = Exact<{
  east: MapWindow;
  west: MapWindow;
}>;


export type OverviewQuery = { _meta: { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } }, east: { areas: Array<{ areaId: string, name: string, sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } }>, groups: Array<{ sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } }> }, west: { areas: Array<{ areaId: string, name: string, sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } }>, groups: Array<{ sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } }> } };

export type AreaFeedersQueryVariables = Exact<{
  areaId: string;
}>;


export type AreaFeedersQuery = { area: { areaId: string, utcOffsetS: number, feeders: Array<{ feederId: string, name: string, areaId: string, isWholeFeederOff: boolean, sites: Array<{ now: { state: State, sinceUnixS: number | null, anchored: Anchored } | null }>, sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } }> } | null };

export type ProofChainQueryVariables = Exact<{ [key: string]: never; }>;


export type ProofChainQuery = { _meta: { chainId: number, anchors: string, rosters: string } };

export type ProofEvidenceQueryVariables = Exact<{
  deviceId: string;
  sequence: number;
  batchNumber?: number | null | undefined;
}>;


export type ProofEvidenceQuery = { record: { record: string, areaId: string, batchNumber: number, proof: { leafIndex: number, treeSize: number, path: Array<string> } } | null };

export type ProofLayoutQueryVariables = Exact<{
  deviceId: string;
  sequence: number;
  areaId: string;
  batchNumber: number;
}>;


export type ProofLayoutQuery = { record: { blockCid: string, blockLine: number } | null, batch: { bytes: number, blockUris: Array<string> } | null };

export type ProvenanceQueryVariables = Exact<{ [key: string]: never; }>;


export type ProvenanceQuery = { _meta: { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } } };

export type SitePageQueryVariables = Exact<{
  siteId?: string | null | undefined;
  deviceId?: string | null | undefined;
  fromUnixS: number;
}>;


export type SitePageQuery = { _meta: { nowUnixS: number, provenance: { kind: Provenance, source: string, shiftS: number, uncertaintyS: number } }, site: { stationId: string, enrolledUnixS: number, heartbeatS: number, latitudeDeg: number, longitudeDeg: number, removed: string | null, provenance: Provenance, siteId: string, deviceId: string, kind: SiteKind, locality: string, areaId: string, feederId: string, feederName: string, customers: number, history: Array<{ powerStatus: PowerStatus, firstUnixS: number, lastUnixS: number, firstSequence: number, lastSequence: number, gapBefore: boolean, firstIsUpperBound: boolean, phases: string | null }>, outages: { hasMore: boolean, items: Array<{ id: string, deviceId: string, areaId: string, feederId: string, kind: SiteKind, startUnixS: number, startSequence: number, endUnixS: number | null, endSequence: number | null, startUncertain: boolean, endUncertain: boolean, durationS: number | null }> }, coverage: Array<{ localDate: string, received: number, expected: number, share: number | null }>, parent: { siteId: string, deviceId: string, kind: SiteKind, locality: string, areaId: string, feederId: string, feederName: string, customers: number, now: { state: State, sinceUnixS: number | null, lastHeardUnixS: number | null, sequence: number | null, anchored: Anchored, batchNumber: number | null } | null } | null, children: Array<{ siteId: string, deviceId: string, kind: SiteKind, locality: string, areaId: string, feederId: string, feederName: string, customers: number, now: { state: State, sinceUnixS: number | null, lastHeardUnixS: number | null, sequence: number | null, anchored: Anchored, batchNumber: number | null } | null }>, feeder: { feederId: string, name: string, areaId: string, isWholeFeederOff: boolean, sitesByState: { on: number, off: number, noData: number, total: number }, customersByState: { on: number, off: number, noData: number, total: number } } | null, area: { areaId: string, name: string, utcOffsetS: number, asOfUnixS: number | null, batches: Array<{ number: number, periodStartUnixS: number, periodEndUnixS: number }> } | null, now: { state: State, sinceUnixS: number | null, lastHeardUnixS: number | null, sequence: number | null, anchored: Anchored, batchNumber: number | null } | null } | null };

export type SponsorshipQueryVariables = Exact<{
  areaId: string;
}>;


export type SponsorshipQuery = { sponsorship: { isOffered: boolean, effortBits: number, filingsLeft: number, remarksLeft: number, actionsLeft: number, freeAtUnixS: number } };

export type SubmissionLineFragment = { id: string, state: SubmissionState, reason: string | null, reasonName: string | null, transactionHash: string | null };

export type SubmissionStateQueryVariables = Exact<{
  id: string;
}>;


export type SubmissionStateQuery = { submission: { id: string, state: SubmissionState, reason: string | null, reasonName: string | null, transactionHash: string | null } | null };

export type SubmitMutationVariables = Exact<{
  kind: SubmissionKind;
  payload: string;
  signature: string;
  effort: number;
}>;


export type SubmitMutation = { submit: { id: string, state: SubmissionState, reason: string | null, reasonName: string | null, transactionHash: string | null } };

export type SubmitTextMutationVariables = Exact<{
  block: string;
}>;


export type SubmitTextMutation = { submitText: string };

export type EvidenceQueryVariables = Exact<{
  areaId: string;
  siteId?: string | null | undefined;
  feederId?: string | null | undefined;
  fromUnixS: number;
  toUnixS: number;
}>;


export type EvidenceQuery = { evidence: { block: string, digest: string, records: number } };

export type SubmitEvidenceMutationVariables = Exact<{
  block: string;
}>;


export type SubmitEvidenceMutation = { submitEvidence: string };

export type SubmitNoteMutationVariables = Exact<{
  note: string;
  transactionHash?: string | null | undefined;
}>;


export type SubmitNoteMutation = { submitNote: string };
