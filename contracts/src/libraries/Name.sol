// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Name
/// @notice The spelling of names on the chain: a-z, 0-9 and `-`. Short ones (areas, complaint classes, schedules of
/// clocks) are 1 to 31 bytes, left-aligned in 32 and padded with zeros; those of sites and feeders are strings of 1 to 64.
library Name {
    /// @notice The name is not 1 to 31 bytes of a-z, 0-9 and `-`, left-aligned and padded with zeros.
    error InvalidName(bytes32 name);

    /// @notice The name is not 1 to 64 of a-z, 0-9 and `-`.
    error InvalidLongName(string name);

    /// @notice The name is longer than `maximum`. It is not repeated: whoever submits for others pays for what is said.
    error NameTooLong(uint256 length, uint256 maximum);

    /// @dev Longest name of a site or feeder.
    uint256 internal constant MAX_LENGTH = 64;

    /// @dev Bit c is set where the byte c is allowed: a-z, 0-9 and `-`.
    uint256 private constant ALLOWED = 0x7fffffe0000000003ff200000000000;

    /// @dev Reverts unless `name` is a well-formed short name.
    function check(bytes32 name) internal pure {
        if (!isValid(name)) revert InvalidName(name);
    }

    /// @dev Reverts unless `name` is empty or well-formed.
    function checkOptional(string calldata name) internal pure {
        bytes calldata text = bytes(name);
        if (text.length > MAX_LENGTH) revert NameTooLong(text.length, MAX_LENGTH);
        for (uint256 i; i < text.length; ++i) {
            if (!_isAllowed(text[i])) revert InvalidLongName(name);
        }
    }

    /// @dev Whether `name` is a well-formed short name.
    function isValid(bytes32 name) internal pure returns (bool) {
        uint256 size;
        while (size < 32 && name[size] != 0) {
            if (!_isAllowed(name[size])) return false;
            ++size;
        }
        // What follows the first zero must be zeros: shifting the name out leaves nothing.
        return size != 0 && size != 32 && name << (8 * size) == 0;
    }

    /// @dev keccak256 of a short name without its padding: what EIP-712 makes of the name as a `string`.
    function hash(bytes32 name) internal pure returns (bytes32 result) {
        uint256 size = length(name);
        assembly ("memory-safe") {
            mstore(0, name)
            result := keccak256(0, size)
        }
    }

    /// @dev Number of bytes of a short name without its padding.
    function length(bytes32 name) internal pure returns (uint256) {
        if (name == 0) return 0;
        uint256 word = uint256(name);
        // The lowest bit that is set lies in the last byte that is not padding.
        return 32 - Math.log2(word & (~word + 1)) / 8;
    }

    function _isAllowed(bytes1 c) private pure returns (bool) {
        return (ALLOWED >> uint8(c)) & 1 == 1;
    }
}
