// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IRosters
/// @notice Which devices an area has, by a registrar (a role apart from the relayers): append-only versions, each in force
/// from a time that lies ahead when it is published. Which version was in force at a past time never changes.
interface IRosters {
    /* TYPES */

    /// @notice One version of an area's roster.
    struct Roster {
        /// @dev SHA-256 of the roster's block, from which its CID follows.
        bytes32 digest;
        /// @dev RFC 6962 root over its rows as binary leaves, for checks on the chain.
        bytes32 root;
        /// @dev Number of rows.
        uint32 devices;
        /// @dev In force from here (UNIX seconds, inclusive) until a later version is.
        uint40 effectiveFrom;
        /// @dev Time of the block that published it.
        uint40 publishedAt;
    }

    /* ERRORS */

    /// @notice The account is not a registrar of the area (zero: of all areas).
    error NotRegistrar(address account, bytes32 area);

    /// @notice The account is a registrar of the area (zero: of all areas) already.
    error AlreadyRegistrar(address account, bytes32 area);

    /// @notice The version given is not the area's next one.
    error WrongVersion(uint64 expected, uint64 given);

    /// @notice Digest and root must not be zero.
    error InvalidRoster(bytes32 digest, bytes32 root);

    /// @notice The roster must be in force from some time between `earliest` and `latest`.
    error WrongEffectiveFrom(uint40 earliest, uint40 latest, uint40 given);

    /// @notice The area's roster has no such version.
    error NoRoster(bytes32 area, uint64 version);

    /* EVENTS */

    /// @notice The account may publish rosters of the area (zero: of all areas).
    event RegistrarGranted(address indexed registrar, bytes32 indexed area);

    /// @notice The account may no longer publish rosters of the area (zero: of all areas; single grants remain).
    event RegistrarRevoked(address indexed registrar, bytes32 indexed area);

    /// @notice A version of an area's roster was published.
    event RosterPublished(
        bytes32 indexed area, uint64 indexed version, bytes32 digest, bytes32 root, uint32 devices, uint40 effectiveFrom
    );

    /* ADMINISTRATION */

    /// @notice Lets an account publish rosters of an area.
    /// @param area The area, or zero for all areas.
    function grantRegistrar(address registrar, bytes32 area) external;

    /// @notice Takes back exactly what `grantRegistrar` gave with the same arguments.
    function revokeRegistrar(address registrar, bytes32 area) external;

    /* PUBLISHING */

    /// @notice Publishes the next version of an area's roster. Only for the area's registrars.
    /// @param version The last version + 1; the first is 1.
    /// @param digest SHA-256 of the roster's block.
    /// @param root RFC 6962 root over its rows.
    /// @param devices Number of rows.
    /// @param effectiveFrom At least `delay` after this block and not before the last version's; at most `delay` and
    /// `MAX_LEAD` after this block, so that a slip of the pen cannot lock the area's roster for ever.
    function publish(bytes32 area, uint64 version, bytes32 digest, bytes32 root, uint32 devices, uint40 effectiveFrom)
        external;

    /* VIEWS */

    /// @notice Seconds between a roster's block and the earliest time from which it can be in force.
    function delay() external view returns (uint40);

    /// @notice Seconds by which a roster may come into force later than the earliest possible time.
    function MAX_LEAD() external view returns (uint40);

    /// @notice A version of an area's roster. Reverts with `NoRoster` where there is none.
    function roster(bytes32 area, uint64 version) external view returns (Roster memory);

    /// @notice How many versions an area's roster has, which is the number of the last one.
    function versions(bytes32 area) external view returns (uint64);

    /// @notice The version in force at a time: the highest whose `effectiveFrom` is not after it. (0, zeros) if none was.
    /// @dev For times before this block's time + `delay` the answer is final.
    function inForce(bytes32 area, uint40 time) external view returns (uint64 version, Roster memory);

    /// @notice Whether the account may publish rosters of the area, by a grant for it or for all areas.
    function isRegistrar(address account, bytes32 area) external view returns (bool);
}
