// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Rfc6962
/// @notice Merkle trees of RFC 6962 with SHA-256: leaf = SHA-256(00 | data), node = SHA-256(01 | left | right), a lone last
/// node moves up unchanged.
library Rfc6962 {
    /// @dev The hash of a leaf.
    function leaf(bytes memory data) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(hex"00", data));
    }

    /// @dev Whether `path` leads from a leaf to the root of a tree of `size` leaves: RFC 9162 section 2.1.3.2. A path that
    /// is too short or too long does not.
    function includes(bytes32 root, bytes32 leaf_, uint256 index, uint256 size, bytes32[] calldata path)
        internal
        pure
        returns (bool)
    {
        if (index >= size) return false;
        uint256 last = size - 1;
        bytes32 hash = leaf_;
        for (uint256 i; i < path.length; ++i) {
            if (last == 0) return false;
            if (index & 1 == 1 || index == last) {
                hash = _node(path[i], hash);
                // A lone last node has moved up as far as it has no sibling.
                while (index & 1 == 0 && index != 0) (index, last) = (index >> 1, last >> 1);
            } else {
                hash = _node(hash, path[i]);
            }
            (index, last) = (index >> 1, last >> 1);
        }
        return last == 0 && hash == root;
    }

    function _node(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return sha256(abi.encodePacked(hex"01", left, right));
    }
}
