// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IAnchors
/// @notice Where relayers anchor the batches of areas. A lane is an append-only list of areas that are anchored together:
/// page n of a lane holds batch n of each of its areas, in lane order. Nothing here changes or deletes what was anchored.
interface IAnchors {
    /* TYPES */

    /// @notice A list of areas anchored together.
    struct Lane {
        /// @dev How many areas have joined. They never leave.
        uint32 areas;
        /// @dev How many pages have been anchored, which is the number of the next one.
        uint64 pages;
        /// @dev End of the last page's period, or when the lane was opened: the next period starts here.
        uint40 periodEnd;
        /// @dev Whether the lane exists.
        bool open;
    }

    /// @notice What one page says of one area. `root`, `digest` and `count` are zero where nothing arrived in the period.
    struct Batch {
        /// @dev RFC 6962 root of the batch's leaves.
        bytes32 root;
        /// @dev SHA-256 of the batch's header block, from which its CID follows.
        bytes32 digest;
        /// @dev Number of leaves, public and sealed together.
        uint32 count;
        /// @dev The window of arrival, in UNIX seconds: from (inclusive) ...
        uint40 periodStart;
        /// @dev ... to (exclusive).
        uint40 periodEnd;
        /// @dev Time of the block that anchored the page.
        uint40 anchoredAt;
    }

    /// @notice Where an area's batches are.
    struct Place {
        uint32 lane;
        /// @dev Position of the area's entry in each page.
        uint32 index;
        /// @dev The first page that has an entry of the area.
        uint64 since;
        /// @dev Whether the area has joined a lane at all.
        bool known;
    }

    /// @notice A page as it was anchored.
    struct Page {
        /// @dev What the next page must name.
        bytes32 hash;
        uint40 anchoredAt;
        uint40 periodStart;
        uint40 periodEnd;
        /// @dev As given to `anchor`.
        bytes entries;
    }

    /* ERRORS */

    /// @notice There is no such lane.
    error NoLane(uint32 lane);

    /// @notice The lane has `maximum` areas: one more and its page would not fit into a contract's code.
    error LaneFull(uint32 lane, uint32 maximum);

    /// @notice The area is in that lane already, and stays there.
    error AlreadyJoined(bytes32 area, uint32 lane);

    /// @notice The two coordinates are not a point of P-256.
    error InvalidReceiptKey(bytes32 x, bytes32 y);

    /// @notice The relayer was granted this lane before with another receipt key. Its old receipts must stay checkable:
    /// a new receipt key needs a new relayer address.
    error ReceiptKeyFixed(uint32 lane, address relayer);

    /// @notice The relayer has been granted the lane already.
    error AlreadyRelayer(uint32 lane, address relayer);

    /// @notice The account has not been granted the lane.
    error NotRelayer(uint32 lane, address account);

    /// @notice The page given is not the lane's next one.
    error WrongNumber(uint64 expected, uint64 given);

    /// @notice The page before has another hash: the sender built upon another history.
    error WrongPrevious(bytes32 expected, bytes32 given);

    /// @notice The period must end after it starts, and not in the future.
    error WrongPeriod(uint40 periodStart, uint40 periodEnd, uint40 blockTime);

    /// @notice The entries are not exactly one for each area of the lane.
    error WrongLength(uint256 expected, uint256 given);

    /// @notice The entry at this index is neither empty nor complete (root, digest and count, none of them zero).
    error InvalidEntry(uint256 index);

    /// @notice The page's code could not be stored, which happens where the transaction has too little gas.
    error PageNotWritten();

    /// @notice The lane has no page of this number.
    error NoPage(uint32 lane, uint64 number);

    /// @notice The area has no batch of this number.
    error NoBatch(bytes32 area, uint64 number);

    /// @notice The area's batch of this number is empty: it has no block, and so no link.
    error EmptyBatch(bytes32 area, uint64 number);

    /* EVENTS */

    /// @notice A lane was opened; its first period starts at `periodStart`.
    event LaneOpened(uint32 indexed lane, uint40 periodStart);

    /// @notice An area joined a lane: its entry is at `index` in each page from number `since` on.
    event AreaJoined(uint32 indexed lane, bytes32 indexed area, uint32 index, uint64 since);

    /// @notice A relayer may anchor the lane, and signs receipts with the P-256 key (x, y).
    event RelayerGranted(uint32 indexed lane, address indexed relayer, bytes32 x, bytes32 y);

    /// @notice A relayer may no longer anchor the lane.
    event RelayerRevoked(uint32 indexed lane, address indexed relayer);

    /// @notice A page was anchored.
    /// @param page The contract whose code is the page.
    /// @param pageHash The hash of that code, which the next page must name.
    /// @param entries 68 bytes an area, in lane order: root 32 | digest 32 | count 4; zeros where nothing arrived.
    event Anchored(
        uint32 indexed lane,
        uint64 indexed number,
        address page,
        bytes32 pageHash,
        uint40 periodStart,
        uint40 periodEnd,
        bytes entries
    );

    /* ADMINISTRATION */

    /// @notice Opens the next lane. Its first period starts now.
    /// @return laneId Lanes are numbered from 0.
    function openLane() external returns (uint32 laneId);

    /// @notice Adds an area at the end of a lane, from the lane's next page on, for ever.
    /// @param area ASCII `area_id`: 1 to 31 bytes of a-z, 0-9 and `-`, left-aligned, padded with zeros.
    function joinLane(uint32 laneId, bytes32 area) external;

    /// @notice Lets a relayer anchor a lane, and records the P-256 key with which it signs receipts to devices.
    /// @dev A relayer that was revoked can be granted the lane again, with the same key only.
    function grantRelayer(uint32 laneId, address relayer, bytes32 receiptKeyX, bytes32 receiptKeyY) external;

    /// @notice Takes a lane from a relayer. Its receipt key stays readable, since its receipts stay valid.
    function revokeRelayer(uint32 laneId, address relayer) external;

    /* ANCHORING */

    /// @notice Anchors a lane's next page. Only for the lane's relayers.
    /// @param number The page's number, counted from 0: the page's batch number in each area.
    /// @param previousPage Hash of the page before (`pageHash`), zero for the first.
    /// @param periodEnd Where the period ends that starts where the last one ended; at most the block's time.
    /// @param entries 68 bytes an area, in lane order: root 32 | digest 32 | count 4; zeros where nothing arrived.
    /// @return page The contract whose code is the page.
    function anchor(uint32 laneId, uint64 number, bytes32 previousPage, uint40 periodEnd, bytes calldata entries)
        external
        returns (address page);

    /* VIEWS */

    /// @notice How many areas a lane can have.
    function MAX_AREAS() external view returns (uint32);

    /// @notice The batch of an area. Reverts with `NoBatch` where there is none.
    function batch(bytes32 area, uint64 number) external view returns (Batch memory);

    /// @notice The `ipfs://` link of the header block of an area's batch. Reverts with `EmptyBatch` where it is empty.
    function uri(bytes32 area, uint64 number) external view returns (string memory);

    /// @notice The contract whose code is the page; zero where there is none.
    function page(uint32 laneId, uint64 number) external view returns (address);

    /// @notice Hash of a page, which the next one must name; zero where there is none.
    function pageHash(uint32 laneId, uint64 number) external view returns (bytes32);

    /// @notice A whole page in one call. Reverts with `NoPage` where there is none.
    function pageContent(uint32 laneId, uint64 number) external view returns (Page memory);

    /// @notice A lane; all zeros where there is none.
    function lane(uint32 laneId) external view returns (Lane memory);

    /// @notice How many lanes there are.
    function laneCount() external view returns (uint32);

    /// @notice Where an area's batches are; all zeros where the area has joined no lane.
    function place(bytes32 area) external view returns (Place memory);

    /// @notice The areas of a lane in lane order.
    function areas(uint32 laneId) external view returns (bytes32[] memory);

    /// @notice The P-256 key with which a relayer signs, or signed, receipts for a lane; zeros if it never had the lane.
    function receiptKey(uint32 laneId, address relayer) external view returns (bytes32 x, bytes32 y);

    /// @notice Whether the account may anchor the lane.
    function isRelayer(uint32 laneId, address account) external view returns (bool);
}
