// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Rfc6962} from "../../src/libraries/Rfc6962.sol";
import {BaseTest} from "../BaseTest.sol";

/// @dev Trees as RFC 6962 section 2.1 defines them, by recursion: slower than the contract, and not the same way.
abstract contract Trees {
    /// @dev Root of the leaves from `from` to `to`, exclusive.
    function _root(bytes32[] memory leaves, uint256 from, uint256 to) internal pure returns (bytes32) {
        if (to == from) return sha256("");
        if (to - from == 1) return leaves[from];
        uint256 middle = from + _split(to - from);
        return _node(_root(leaves, from, middle), _root(leaves, middle, to));
    }

    /// @dev Siblings of a leaf, from the leaf upwards: RFC 6962 section 2.1.1.
    function _path(bytes32[] memory leaves, uint256 index, uint256 from, uint256 to)
        internal
        pure
        returns (bytes32[] memory path)
    {
        if (to - from == 1) return new bytes32[](0);
        uint256 middle = from + _split(to - from);
        bool left = index < middle;
        bytes32[] memory below = left ? _path(leaves, index, from, middle) : _path(leaves, index, middle, to);
        path = new bytes32[](below.length + 1);
        for (uint256 i; i < below.length; ++i) {
            path[i] = below[i];
        }
        path[below.length] = left ? _root(leaves, middle, to) : _root(leaves, from, middle);
    }

    function _leaf(bytes memory data) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(uint8(0), data));
    }

    function _node(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(uint8(1), left, right));
    }

    /// @dev The largest power of two below `size`.
    function _split(uint256 size) private pure returns (uint256 split) {
        for (split = 1; split * 2 < size; split *= 2) {}
    }
}

contract Rfc6962Test is BaseTest, Trees {
    function includes(bytes32 root, bytes32 leaf, uint256 index, uint256 size, bytes32[] calldata path)
        external
        pure
        returns (bool)
    {
        return Rfc6962.includes(root, leaf, index, size, path);
    }

    function test_knownValues() public view {
        assertEq(Rfc6962.leaf(""), 0x6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d);
        assertEq(Rfc6962.leaf("L123456"), 0x395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56);
        // The nodes of that vector are texts, not hashes; the rule for two leaves is the same.
        bytes32[] memory path = new bytes32[](1);
        path[0] = Rfc6962.leaf("L123456");
        bytes32 root = _node(Rfc6962.leaf(""), path[0]);
        assertTrue(this.includes(root, Rfc6962.leaf(""), 0, 2, path));
        assertEq(
            sha256(abi.encodePacked(uint8(1), "N123", "N456")),
            0xaa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb
        );
    }

    /// @dev Every leaf of every small tree.
    function test_includes_everyLeaf() public view {
        for (uint256 size = 1; size <= 20; ++size) {
            bytes32[] memory leaves = _leaves(size, size);
            bytes32 root = _root(leaves, 0, size);
            for (uint256 i; i < size; ++i) {
                assertTrue(this.includes(root, leaves[i], i, size, _path(leaves, i, 0, size)));
            }
        }
    }

    function test_includes(uint256 seed, uint256 size, uint256 index) public view {
        size = bound(size, 1, 60);
        index = bound(index, 0, size - 1);
        bytes32[] memory leaves = _leaves(seed, size);
        assertTrue(this.includes(_root(leaves, 0, size), leaves[index], index, size, _path(leaves, index, 0, size)));
    }

    /// @dev Another leaf, place, root or sibling, a path too short or too long: none of it leads to the root.
    function test_includes_nothingElse(uint256 seed, uint256 size, uint256 index, uint256 which) public view {
        size = bound(size, 2, 60);
        index = bound(index, 0, size - 1);
        bytes32[] memory leaves = _leaves(seed, size);
        bytes32 root = _root(leaves, 0, size);
        bytes32[] memory path = _path(leaves, index, 0, size);

        assertFalse(this.includes(root, ~leaves[index], index, size, path));
        assertFalse(this.includes(~root, leaves[index], index, size, path));
        assertFalse(this.includes(root, leaves[index], size, size, path));
        uint256 elsewhere = (index + 1 + which % (size - 1)) % size;
        assertFalse(this.includes(root, leaves[index], elsewhere, size, path));
        bytes32[] memory longer = new bytes32[](path.length + 1);
        bytes32[] memory shorter = new bytes32[](path.length - 1);
        for (uint256 i; i < path.length; ++i) {
            longer[i] = path[i];
            if (i < shorter.length) shorter[i] = path[i];
        }
        assertFalse(this.includes(root, leaves[index], index, size, longer));
        assertFalse(this.includes(root, leaves[index], index, size, shorter));
        path[which % path.length] = ~path[which % path.length];
        assertFalse(this.includes(root, leaves[index], index, size, path));
    }

    function test_includes_nothingInAnEmptyTree(bytes32 leaf, uint256 index) public view {
        assertFalse(this.includes(sha256(""), leaf, index, 0, new bytes32[](0)));
        assertFalse(this.includes(leaf, leaf, 0, 0, new bytes32[](0)));
    }

    function _leaves(uint256 seed, uint256 size) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](size);
        for (uint256 i; i < size; ++i) {
            leaves[i] = _leaf(abi.encode(seed, i));
        }
    }
}
