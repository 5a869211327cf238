// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title ITestimonies
/// @notice The way past a relayer that takes no records: anyone names a block of an area's records, signed by devices of
/// its roster. Who reads the chain fetches the block (at most 64 KiB), verifies each record, and counts the valid ones as
/// anchored at this time. What the block does not hold, or holds wrongly, counts for nothing.
interface ITestimonies {
    /* ERRORS */

    /// @notice The area has joined no lane.
    error UnknownArea(bytes32 area);

    /// @notice No block has this digest.
    error InvalidDigest();

    /// @notice The block has been named already, then.
    error AlreadyTestified(bytes32 area, bytes32 digest, uint40 at);

    /// @notice The account has named a block of the area a short while ago, and may name the next one then.
    error TooSoon(bytes32 area, address account, uint40 next);

    /* EVENTS */

    /// @notice A block of an area's records was named.
    event Testified(bytes32 indexed area, bytes32 indexed digest, address indexed by, uint40 at);

    /* TESTIFYING */

    /// @notice Names a block of an area's records. By anyone, but by each account only every `INTERVAL` seconds an area.
    /// @param digest SHA-256 of the block, from which its CID follows.
    function testify(bytes32 area, bytes32 digest) external;

    /* VIEWS */

    /// @notice Seconds between two testimonies of one account for one area.
    function INTERVAL() external view returns (uint40);

    /// @notice When a block was named; zero where it was not.
    function testifiedAt(bytes32 area, bytes32 digest) external view returns (uint40);

    /// @notice When an account last named a block of an area; zero where it never did.
    function lastBy(bytes32 area, address account) external view returns (uint40);

    /// @notice Which areas there are.
    function ANCHORS() external view returns (address);
}
