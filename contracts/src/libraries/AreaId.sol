// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Name} from "./Name.sol";

/// @title AreaId
/// @notice The one spelling of an area's identifier on the chain: 1 to 31 bytes of a-z, 0-9 and `-`, left-aligned in 32
/// bytes and padded with zeros. The same bytes are the ASCII `area_id` of batches and rosters.
library AreaId {
    /// @notice The identifier is not 1 to 31 bytes of a-z, 0-9 and `-`, left-aligned and padded with zeros.
    error InvalidArea(bytes32 area);

    /// @dev Reverts unless `area` is a well-formed identifier.
    function check(bytes32 area) internal pure {
        if (!Name.isValid(area)) revert InvalidArea(area);
    }
}
