// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title AreaId
/// @notice The one spelling of an area's identifier on the chain: 1 to 31 bytes of a-z, 0-9 and `-`, left-aligned in 32
/// bytes and padded with zeros. The same bytes are the ASCII `area_id` of batches and rosters.
library AreaId {
    /// @notice The identifier is not 1 to 31 bytes of a-z, 0-9 and `-`, left-aligned and padded with zeros.
    error InvalidArea(bytes32 area);

    /// @dev Reverts unless `area` is a well-formed identifier.
    function check(bytes32 area) internal pure {
        if (!isValid(area)) revert InvalidArea(area);
    }

    /// @dev Whether `area` is a well-formed identifier.
    function isValid(bytes32 area) internal pure returns (bool) {
        uint256 length;
        while (length < 32 && area[length] != 0) {
            if (!_isAllowed(uint8(area[length]))) return false;
            ++length;
        }
        // What follows the first zero must be zeros: shifting the identifier out leaves nothing.
        return length != 0 && length != 32 && area << (8 * length) == 0;
    }

    function _isAllowed(uint8 c) private pure returns (bool) {
        return (c >= 0x61 && c <= 0x7a) || (c >= 0x30 && c <= 0x39) || c == 0x2d;
    }
}
