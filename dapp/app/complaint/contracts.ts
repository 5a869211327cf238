// What the page reads of and sends to the contracts for complaints, as `contracts/src/interfaces` has it (a test compares
// the two). It brings ethers along: keep it out of the first view.
import { Interface } from 'ethers/abi'


export const COMPLAINTS = new Interface([
  'function act(tuple(uint8 act, bytes32 complaint, uint32 index, bytes32 previous, bytes32 note, bytes32 duplicateOf)[] actions) returns (uint256 done)',
  'event ActionRefused(bytes32 indexed complaint, address indexed signer, uint32 index, bytes reason)',
  'error AlreadyFiled(bytes32 complaint)',
  'error UnknownArea(bytes32 area)',
  'error UnknownClass(bytes32 area, bytes32 class)',
  'error NoText()',
  'error NoComplaint(bytes32 complaint)',
  'error NotOfficial(bytes32 area, address account)',
  'error WrongIndex(bytes32 complaint, uint32 expected, uint32 given)',
  'error WrongPrevious(bytes32 complaint, bytes32 expected, bytes32 given)',
  'error InvalidTransition(bytes32 complaint, uint8 last, uint8 given)',
  'error InvalidDuplicate(bytes32 complaint, bytes32 duplicateOf)',
  'error NoNote(bytes32 complaint)',
  'error InvalidReopening(bytes32 complaint, uint32 reopening)',
  'error AlreadySaid(bytes32 complaint, address account, uint8 say)',
  'error Expired(uint40 deadline, uint40 blockTime)',
  'error InvalidSignature(address signer)',
])

export const NOTICES = new Interface([
  'function announce(tuple(bytes32 area, string feeder, uint40 start, uint40 end, uint40 restoration, bytes32 reason, bool withdrawn, bytes32 changes) n) returns (bytes32 id)',
  'error NotOfficial(bytes32 area, address account)',
  'error UnknownArea(bytes32 area)',
  'error AlreadyAnnounced(bytes32 notice)',
  'error InvalidTimes(uint40 start, uint40 end, uint40 restoration)',
  'error NoReason()',
  'error NothingToWithdraw()',
  'error NothingToChange(bytes32 notice)',
  'error AlreadyChanged(bytes32 notice, bytes32 changedBy)',
  'error Expired(uint40 deadline, uint40 blockTime)',
  'error InvalidSignature(address signer)',
])

export const OFFICIALS = new Interface([
  'function MAX_LEVEL() view returns (uint8)',
  'function authority() view returns (address)',
  'function levelOf(bytes32 area, address wallet) view returns (uint8)',
  'function grant(bytes32 area, address wallet, uint8 level, uint40 from, uint40 until) returns (uint256 index)',
  'function revoke(bytes32 area, address wallet, uint256 index)',
  'function grants(bytes32 area, address wallet) view returns (tuple(uint8 level, uint40 from, uint40 until, uint40 revokedAt)[])',
  'error InvalidWallet()',
  'error InvalidLevel(uint8 given, uint8 maximum)',
  'error InvalidTerm(uint40 from, uint40 until, uint40 blockTime)',
  'error TermsOverlap(bytes32 area, address wallet, uint40 until)',
  'error NoGrant(bytes32 area, address wallet, uint256 index)',
  'error GrantOver(bytes32 area, address wallet, uint256 index)',
  'error AccessManagedUnauthorized(address caller)',
])

export const CLOCKS = new Interface([
  'function scheduleAt(bytes32 area, uint40 time) view returns (bytes32)',
  'function classes(bytes32 schedule) view returns (bytes32[])',
  'function clockAt(bytes32 area, bytes32 class, uint40 time) view returns (uint32)',
  'function clocks(bytes32 schedule, bytes32 class) view returns (tuple(uint32 duration, uint40 effectiveFrom, uint40 setAt)[])',
  'function setClock(bytes32 schedule, bytes32 class, uint32 duration, uint40 effectiveFrom)',
  'function assign(bytes32 area, bytes32 schedule, uint40 effectiveFrom)',
  'error InvalidName(bytes32 name)',
  'error WrongEffectiveFrom(uint40 earliest, uint40 latest, uint40 given)',
  'error AccessManagedUnauthorized(address caller)',
])

export const PASSKEYS = new Interface([
  'function create(bytes32 x, bytes32 y) returns (address account)',
  'function accountOf(bytes32 x, bytes32 y) view returns (address)',
])

/** What is read of the rosters besides the one in force. */
export const ROSTER_HISTORY = new Interface([
  'function versions(bytes32 area) view returns (uint64)',
  'function roster(bytes32 area, uint64 version) view returns (tuple(bytes32 digest, bytes32 root, uint32 devices, uint40 effectiveFrom, uint40 publishedAt))',
])

/** OpenZeppelin's AccessManager: who may administer. */
export const AUTHORITY = new Interface([
  'function canCall(address caller, address target, bytes4 selector) view returns (bool immediate, uint32 delay)',
])
