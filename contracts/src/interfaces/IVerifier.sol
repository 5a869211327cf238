// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IVerifier
/// @notice Checks a device's record against what is anchored: that it is in a batch, and that a device of the roster then
/// in force signed it. Where it does not hold, a call reverts and says why.
interface IVerifier {
    /* TYPES */

    /// @notice Where a leaf is in a tree.
    struct Inclusion {
        uint64 leafIndex;
        /// @dev Siblings from the leaf upwards.
        bytes32[] path;
    }

    /// @notice A row of a roster, as its tree holds it; the device's name is the record's.
    struct Row {
        /// @dev The device's P-256 key.
        bytes32 x;
        bytes32 y;
        uint64 firstSequence;
        uint64 lastSequence;
        Inclusion inclusion;
    }

    /// @notice What a device stated.
    struct Statement {
        string deviceId;
        uint64 sequence;
        /// @dev The device's own clock, in UNIX seconds.
        uint64 timestamp;
        /// @dev Whether its power was on.
        bool on;
    }

    /* ERRORS */

    /// @notice The record's leaf is not where it is said to be in the area's batch.
    error NotInBatch(bytes32 area, uint64 number, bytes32 leaf);

    /// @notice The area had no roster in force at that time.
    error NoRosterInForce(bytes32 area, uint40 time);

    /// @notice The row is not where it is said to be in that version of the area's roster.
    error NotInRoster(bytes32 area, uint64 version, bytes32 leaf);

    /// @notice The roster counts the device's records of these sequences only.
    error SequenceOutOfRange(uint64 first, uint64 last, uint64 given);

    /// @notice The device's signature does not fit the record (or its S is not low).
    error InvalidDeviceSignature();

    /* VIEWS */

    /// @notice Checks that a record is in a batch and that a device of the roster signed it.
    /// @param record The record's bytes: canonical JSON with the device's signature.
    /// @param inclusion Where its leaf is in the batch.
    /// @param row The device's row in the roster in force at the start of the batch's period.
    function verify(bytes32 area, uint64 number, bytes calldata record, Inclusion calldata inclusion, Row calldata row)
        external
        view
        returns (Statement memory);

    /// @notice Checks that a device of the roster in force at a time signed a record, be it anchored or not.
    function verifyDevice(bytes32 area, uint40 time, bytes calldata record, Row calldata row)
        external
        view
        returns (Statement memory);

    /// @notice Checks that a record, whatever it says, is in a batch.
    function verifyInclusion(bytes32 area, uint64 number, bytes calldata record, Inclusion calldata inclusion)
        external
        view;

    /// @notice Where batches are.
    function ANCHORS() external view returns (address);

    /// @notice Where rosters are.
    function ROSTERS() external view returns (address);
}
