// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title INotices
/// @notice Planned outages, announced by officials. Nothing here changes or deletes what was announced: a change is a new
/// notice that names the one it changes, so that one sees what was known when.
interface INotices {
    /* TYPES */

    /// @notice A notice as it is announced.
    struct Notice {
        bytes32 area;
        /// @dev The feeder, as the roster names it; empty for all feeders of the area.
        string feeder;
        /// @dev When the work begins, in UNIX seconds ...
        uint40 start;
        /// @dev ... and when it ends.
        uint40 end;
        /// @dev When the supply is expected back.
        uint40 restoration;
        /// @dev keccak256 of the reason: signed as a `string`, so that a wallet shows its words.
        bytes32 reason;
        /// @dev Whether there will be no outage after all; only in a change.
        bool withdrawn;
        /// @dev The notice that this one changes, which must be the newest of its line; zero for a new outage.
        bytes32 changes;
    }

    /// @notice A notice as it stands.
    struct Announced {
        /// @dev keccak256 of area and feeder: what a change must have in common with what it changes.
        bytes32 place;
        uint40 start;
        uint40 end;
        uint40 restoration;
        /// @dev Time of the block; zero where there is no such notice.
        uint40 at;
        /// @dev Whether it was announced after its start.
        bool late;
        bool withdrawn;
        /// @dev The notice that changes this one; zero while it stands.
        bytes32 changedBy;
    }

    /* ERRORS */

    /// @notice The account has no grant in force for the area now.
    error NotOfficial(bytes32 area, address account);

    /// @notice The area follows no schedule: it is none of ours.
    error UnknownArea(bytes32 area);

    /// @notice The notice has been announced already, in this very form.
    error AlreadyAnnounced(bytes32 notice);

    /// @notice A planned outage ends after it begins, at most `MAX_LENGTH` later, begins at most `MAX_LEAD` from now, and
    /// the supply is not expected back before it begins.
    error InvalidTimes(uint40 start, uint40 end, uint40 restoration);

    /// @notice The hash of the reason is missing, or that of no words.
    error NoReason();

    /// @notice Only a change can withdraw an outage.
    error NothingToWithdraw();

    /// @notice There is no such notice for this area and feeder to change.
    error NothingToChange(bytes32 notice);

    /// @notice The notice has been changed already: change the newest one.
    error AlreadyChanged(bytes32 notice, bytes32 changedBy);

    /* EVENTS */

    /// @notice A planned outage was announced, changed or withdrawn. From its fields follows its id.
    /// @param late Whether it was announced after its start.
    event NoticeAnnounced(
        bytes32 indexed id,
        bytes32 indexed area,
        address indexed signer,
        Notice announced,
        bool late,
        uint8 signerLevel,
        uint40 at
    );

    /* ANNOUNCING */

    /// @notice Announces a planned outage, or a change of one, as the sender. Only for officials of the area.
    /// @return id The notice's id.
    function announce(Notice calldata n) external returns (bytes32 id);

    /// @notice Announces what an official signed as `SignedNotice`.
    function announceBySig(Notice calldata n, address signer, uint40 deadline, bytes calldata signature)
        external
        returns (bytes32 id);

    /* VIEWS */

    /// @notice Longest planned outage, in seconds.
    function MAX_LENGTH() external view returns (uint40);

    /// @notice Seconds by which an outage may lie ahead.
    function MAX_LEAD() external view returns (uint40);

    /// @notice A notice; all zeros where there is none.
    function notice(bytes32 id) external view returns (Announced memory);

    /// @notice The id that a notice by a signer has: its EIP-712 hash, `Notice` with this contract's domain.
    function noticeId(Notice calldata n, address signer) external view returns (bytes32);

    /// @notice Who may announce.
    function OFFICIALS() external view returns (address);

    /// @notice Which areas there are.
    function CLOCKS() external view returns (address);
}
