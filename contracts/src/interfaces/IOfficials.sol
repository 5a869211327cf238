// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IOfficials
/// @notice Who answers for an area, at which level, and for how long. Grants are append-only: revoking one ends the power
/// from then on, and changes nothing that was done with it.
interface IOfficials {
    /* TYPES */

    /// @notice A wallet's right to act in an area, from (inclusive) to until (exclusive), unless revoked before.
    struct Grant {
        /// @dev 1 acts first; the next officer is one higher.
        uint8 level;
        uint40 from;
        uint40 until;
        /// @dev Time of the block that revoked it; zero if none did.
        uint40 revokedAt;
    }

    /* ERRORS */

    /// @notice The zero address is nobody's wallet.
    error InvalidWallet();

    /// @notice The level must be 1 to `maximum`.
    error InvalidLevel(uint8 given, uint8 maximum);

    /// @notice The term must not begin before this block, and must end after it begins.
    error InvalidTerm(uint40 from, uint40 until, uint40 blockTime);

    /// @notice The wallet's last grant for the area stands until then: revoke it first, or begin when it ends.
    error TermsOverlap(bytes32 area, address wallet, uint40 until);

    /// @notice The wallet has no such grant for the area.
    error NoGrant(bytes32 area, address wallet, uint256 index);

    /// @notice The grant has ended already, by its term or by revocation.
    error GrantOver(bytes32 area, address wallet, uint256 index);

    /* EVENTS */

    /// @notice A wallet may act in an area (zero: in all areas) for a term.
    /// @param index The grant's place among those of the wallet for the area.
    event OfficialGranted(
        bytes32 indexed area, address indexed wallet, uint256 index, uint8 level, uint40 from, uint40 until
    );

    /// @notice A wallet's grant has ended before its term.
    event OfficialRevoked(bytes32 indexed area, address indexed wallet, uint256 index, uint40 at);

    /* ADMINISTRATION */

    /// @notice Lets a wallet act in an area for a term.
    /// @param area The area, or zero for all areas.
    /// @param level 1 to `MAX_LEVEL`.
    /// @param from Begin of the term, not before this block and not before the wallet's last grant for the area ends;
    /// zero for this block.
    /// @param until End of the term, exclusive.
    /// @return index The grant's place among those of the wallet for the area.
    function grant(bytes32 area, address wallet, uint8 level, uint40 from, uint40 until)
        external
        returns (uint256 index);

    /// @notice Ends a grant now, be it in force or still to come.
    function revoke(bytes32 area, address wallet, uint256 index) external;

    /* VIEWS */

    /// @notice The highest level there is.
    function MAX_LEVEL() external view returns (uint8);

    /// @notice The level at which a wallet may act in an area now; zero where it may not. A grant for the area goes before
    /// one for all areas.
    function levelOf(bytes32 area, address wallet) external view returns (uint8);

    /// @notice The same at another time. In the second of a revocation the answer is that after it, although the wallet
    /// may have acted earlier in that second: the order of the events tells.
    function levelAt(bytes32 area, address wallet, uint40 time) external view returns (uint8);

    /// @notice All grants of a wallet for an area (zero: for all areas), the first one first.
    function grants(bytes32 area, address wallet) external view returns (Grant[] memory);
}
