// What a check reads of the contracts, as `contracts/src/interfaces` has it (a test compares the two). The only file
// that brings ethers along: keep it out of the first view.
import { Interface } from 'ethers/abi'

export const ANCHORS = new Interface([
  'function batch(bytes32 area, uint64 number) view returns (tuple(bytes32 root, bytes32 digest, uint32 count, uint40 periodStart, uint40 periodEnd, uint40 anchoredAt))',
  'function uri(bytes32 area, uint64 number) view returns (string)',
  'function place(bytes32 area) view returns (tuple(uint32 lane, uint32 index, uint64 since, bool known))',
  'error NoBatch(bytes32 area, uint64 number)',
  'error EmptyBatch(bytes32 area, uint64 number)',
])

export const ROSTERS = new Interface([
  'function inForce(bytes32 area, uint40 time) view returns (uint64 version, tuple(bytes32 digest, bytes32 root, uint32 devices, uint40 effectiveFrom, uint40 publishedAt))',
])

export const COMPLAINT = new Interface([
  'function complaint(bytes32 id) view returns (tuple(bytes32 area, bytes32 class, address filer, uint40 filedAt, uint8 stage, uint8 last, uint40 lastAt, uint32 index, bytes32 head, uint32 reopenings, uint40 openedAt, uint32 clock, uint40 dueAt, uint8 level))',
])
