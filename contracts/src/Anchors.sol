// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";

import {IAnchors} from "./interfaces/IAnchors.sol";
import {AreaId} from "./libraries/AreaId.sol";
import {Cid} from "./libraries/Cid.sol";

/// @title Anchors
/// @notice Lanes of areas and their pages of batches. Immutable: administration opens lanes and grants relayers, and has no
/// power over what was anchored.
contract Anchors is IAnchors, AccessManaged {
    /* TYPES */

    /// @dev A relayer's right to a lane. The key outlives the right.
    struct Grant {
        bytes32 x;
        bytes32 y;
        bool active;
    }

    /* CONSTANTS */

    /// @inheritdoc IAnchors
    /// @dev (24,576 bytes of code - HEAD) / ENTRY.
    uint32 public constant MAX_AREAS = 361;

    /// @dev An entry: root 32 | digest 32 | count 4.
    uint256 private constant ENTRY = 68;

    /// @dev A page's first bytes: 00 (so that it cannot be run) | anchoredAt 5 | periodStart 5 | periodEnd 5.
    uint256 private constant HEAD = 16;

    /* STORAGE */

    Lane[] private _lanes;
    mapping(uint32 laneId => bytes32[]) private _areas;
    mapping(uint32 laneId => mapping(uint64 number => address)) private _pages;
    mapping(uint32 laneId => mapping(address relayer => Grant)) private _grants;
    mapping(bytes32 area => Place) private _places;

    /* CONSTRUCTOR */

    /// @param authority The AccessManager that says who administers.
    constructor(address authority) AccessManaged(authority) {}

    /* ADMINISTRATION */

    /// @inheritdoc IAnchors
    function openLane() external restricted returns (uint32 laneId) {
        laneId = uint32(_lanes.length);
        uint40 start = uint40(block.timestamp);
        _lanes.push(Lane({areas: 0, pages: 0, periodEnd: start, open: true}));

        emit LaneOpened(laneId, start);
    }

    /// @inheritdoc IAnchors
    function joinLane(uint32 laneId, bytes32 area) external restricted {
        Lane memory l = _existing(laneId);
        AreaId.check(area);
        if (_places[area].known) revert AlreadyJoined(area, _places[area].lane);
        if (l.areas == MAX_AREAS) revert LaneFull(laneId, MAX_AREAS);

        _places[area] = Place({lane: laneId, index: l.areas, since: l.pages, known: true});
        _areas[laneId].push(area);
        _lanes[laneId].areas = l.areas + 1;

        emit AreaJoined(laneId, area, l.areas, l.pages);
    }

    /// @inheritdoc IAnchors
    function grantRelayer(uint32 laneId, address relayer, bytes32 receiptKeyX, bytes32 receiptKeyY)
        external
        restricted
    {
        _existing(laneId);
        if (!P256.isValidPublicKey(receiptKeyX, receiptKeyY)) revert InvalidReceiptKey(receiptKeyX, receiptKeyY);
        Grant storage grant = _grants[laneId][relayer];
        if (grant.active) revert AlreadyRelayer(laneId, relayer);
        bool before = grant.x != 0 || grant.y != 0;
        if (before && (grant.x != receiptKeyX || grant.y != receiptKeyY)) revert ReceiptKeyFixed(laneId, relayer);

        (grant.x, grant.y, grant.active) = (receiptKeyX, receiptKeyY, true);

        emit RelayerGranted(laneId, relayer, receiptKeyX, receiptKeyY);
    }

    /// @inheritdoc IAnchors
    function revokeRelayer(uint32 laneId, address relayer) external restricted {
        if (!isRelayer(laneId, relayer)) revert NotRelayer(laneId, relayer);

        _grants[laneId][relayer].active = false;

        emit RelayerRevoked(laneId, relayer);
    }

    /* ANCHORING */

    /// @inheritdoc IAnchors
    function anchor(uint32 laneId, uint64 number, bytes32 previousPage, uint40 periodEnd, bytes calldata entries)
        external
        returns (address page_)
    {
        if (!isRelayer(laneId, msg.sender)) revert NotRelayer(laneId, msg.sender);
        Lane memory l = _lanes[laneId];
        if (number != l.pages) revert WrongNumber(l.pages, number);
        bytes32 expected = number == 0 ? bytes32(0) : pageHash(laneId, number - 1);
        if (previousPage != expected) revert WrongPrevious(expected, previousPage);
        if (periodEnd <= l.periodEnd || periodEnd > block.timestamp) {
            revert WrongPeriod(l.periodEnd, periodEnd, uint40(block.timestamp));
        }
        _checkEntries(l.areas, entries);

        uint40 periodStart = l.periodEnd;
        page_ = _writePage(periodStart, periodEnd, entries);
        _pages[laneId][number] = page_;
        (l.pages, l.periodEnd) = (number + 1, periodEnd);
        _lanes[laneId] = l;

        emit Anchored(laneId, number, page_, page_.codehash, periodStart, periodEnd, entries);
    }

    /* VIEWS */

    /// @inheritdoc IAnchors
    function batch(bytes32 area, uint64 number) public view returns (Batch memory b) {
        Place memory p = _places[area];
        address page_ = _pages[p.lane][number];
        if (!p.known || number < p.since || page_ == address(0)) revert NoBatch(area, number);

        (b.anchoredAt, b.periodStart, b.periodEnd) = _head(page_);
        bytes memory entry = _readPage(page_, HEAD + p.index * ENTRY, ENTRY);
        (bytes32 root, bytes32 digest, bytes32 count) = (_word(entry, 0), _word(entry, 32), _word(entry, 64));
        (b.root, b.digest, b.count) = (root, digest, uint32(bytes4(count)));
    }

    /// @inheritdoc IAnchors
    function uri(bytes32 area, uint64 number) external view returns (string memory) {
        Batch memory b = batch(area, number);
        if (b.count == 0) revert EmptyBatch(area, number);
        return Cid.uri(b.digest);
    }

    /// @inheritdoc IAnchors
    function page(uint32 laneId, uint64 number) external view returns (address) {
        return _pages[laneId][number];
    }

    /// @inheritdoc IAnchors
    function pageHash(uint32 laneId, uint64 number) public view returns (bytes32) {
        address page_ = _pages[laneId][number];
        // The zero address has a hash too, once somebody sent it something.
        return page_ == address(0) ? bytes32(0) : page_.codehash;
    }

    /// @inheritdoc IAnchors
    function pageContent(uint32 laneId, uint64 number) external view returns (Page memory p) {
        address page_ = _pages[laneId][number];
        if (page_ == address(0)) revert NoPage(laneId, number);

        p.hash = page_.codehash;
        (p.anchoredAt, p.periodStart, p.periodEnd) = _head(page_);
        p.entries = _readPage(page_, HEAD, page_.code.length - HEAD);
    }

    /// @inheritdoc IAnchors
    function lane(uint32 laneId) external view returns (Lane memory l) {
        if (laneId < _lanes.length) l = _lanes[laneId];
    }

    /// @inheritdoc IAnchors
    function laneCount() external view returns (uint32) {
        return uint32(_lanes.length);
    }

    /// @inheritdoc IAnchors
    function place(bytes32 area) external view returns (Place memory) {
        return _places[area];
    }

    /// @inheritdoc IAnchors
    function areas(uint32 laneId) external view returns (bytes32[] memory) {
        return _areas[laneId];
    }

    /// @inheritdoc IAnchors
    function receiptKey(uint32 laneId, address relayer) external view returns (bytes32 x, bytes32 y) {
        Grant storage grant = _grants[laneId][relayer];
        return (grant.x, grant.y);
    }

    /// @inheritdoc IAnchors
    function isRelayer(uint32 laneId, address account) public view returns (bool) {
        return _grants[laneId][account].active;
    }

    /* INTERNAL */

    /// @dev The lane, or `NoLane`.
    function _existing(uint32 laneId) private view returns (Lane memory) {
        if (laneId >= _lanes.length) revert NoLane(laneId);
        return _lanes[laneId];
    }

    /// @dev Reverts unless there is one entry for each area, each either empty or complete.
    function _checkEntries(uint256 areas_, bytes calldata entries) private pure {
        if (entries.length != areas_ * ENTRY) revert WrongLength(areas_ * ENTRY, entries.length);
        uint256 bad = areas_;
        // All entries lie within `entries`, as the length above says. One is invalid where some of its three fields are
        // zero and some are not.
        assembly ("memory-safe") {
            let at := entries.offset
            for { let i := 0 } lt(i, areas_) { i := add(i, 1) } {
                let noRoot := iszero(calldataload(at))
                let noDigest := iszero(calldataload(add(at, 32)))
                let noCount := iszero(shr(224, calldataload(add(at, 64))))
                if or(xor(noRoot, noDigest), xor(noRoot, noCount)) {
                    bad := i
                    break
                }
                at := add(at, ENTRY)
            }
        }
        if (bad != areas_) revert InvalidEntry(bad);
    }

    /// @dev The one place that knows where pages are kept: as the code of a contract that only stops.
    function _writePage(uint40 periodStart, uint40 periodEnd, bytes calldata entries) private returns (address page_) {
        // PUSH2 length DUP1 PUSH1 10 RETURNDATASIZE CODECOPY RETURNDATASIZE RETURN: returns as code all that follows,
        // which is the page, beginning with its 00.
        bytes memory init = abi.encodePacked(
            hex"61",
            uint16(HEAD + entries.length),
            hex"80600a3d393df300",
            uint40(block.timestamp),
            periodStart,
            periodEnd,
            entries
        );
        assembly ("memory-safe") {
            page_ := create(0, add(init, 32), mload(init))
        }
        if (page_ == address(0)) revert PageNotWritten();
    }

    /// @dev `length` bytes of a page. The counterpart of `_writePage`.
    function _readPage(address page_, uint256 offset, uint256 length) private view returns (bytes memory content) {
        content = new bytes(length);
        assembly ("memory-safe") {
            extcodecopy(page_, add(content, 32), offset, length)
        }
    }

    /// @dev A page's three times.
    function _head(address page_) private view returns (uint40 anchoredAt, uint40 periodStart, uint40 periodEnd) {
        bytes memory head = _readPage(page_, 1, HEAD - 1);
        anchoredAt = uint40(bytes5(_word(head, 0)));
        periodStart = uint40(bytes5(_word(head, 5)));
        periodEnd = uint40(bytes5(_word(head, 10)));
    }

    /// @dev The 32 bytes from `offset` on. Near the end they run past `data`: the caller cuts them to the field's width.
    function _word(bytes memory data, uint256 offset) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 32), offset))
        }
    }
}
