// Every query of the page. A test checks each against graphql/schema.graphql, and the types beside this file with it.

/** Everything above the tables of sites. */
export const OVERVIEW = `
query Overview {
  _meta {
    chainId headNumber indexedNumber finalizedNumber lagBlocks lagS nowUnixS
    recordsReceived recordsVerified sealedVerified recordsRefused
    batchesAnchored batchesVerified batchesFailed batchesWaiting
    provenance { kind source shiftS uncertaintyS }
  }
  areas {
    areaId name provenance customers devices houses asOfUnixS
    sitesByState { on off noData total }
    customersByState { on off noData total }
    coverage(days: 2) { localDate received expected share }
    cells { cell words }
    batches(first: 5) {
      number status reason count publicCount sealedCount anchoredAtUnixS periodEndUnixS transactionHash uri finalized
    }
  }
}`

/** The sites of one area, by device id. */
export const AREA_SITES = `
query AreaSites($areaId: String!, $after: String) {
  area(id: $areaId) {
    sites(first: 500, after: $after) {
      deviceId siteId kind locality feederName customers
      now { state sinceUnixS lastHeardUnixS anchored batchNumber }
    }
  }
}`
