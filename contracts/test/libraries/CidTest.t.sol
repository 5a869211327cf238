// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {Cid} from "../../src/libraries/Cid.sol";

contract CidTest is Test {
    function test_knownLinks() public pure {
        assertEq(Cid.uri(sha256("hello world\n")), "ipfs://bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4");
        assertEq(Cid.uri(sha256("")), "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku");
    }

    /// @dev Decodes the base32 again, character by character.
    function test_linkHoldsTheDigest(bytes32 digest) public pure {
        bytes memory text = bytes(Cid.uri(digest));
        assertEq(text.length, 66);
        bytes memory start = new bytes(8);
        for (uint256 i; i < 8; ++i) {
            start[i] = text[i];
        }
        assertEq(start, "ipfs://b");

        bytes memory decoded = new bytes(36);
        uint256 bits;
        uint256 pending;
        uint256 length;
        for (uint256 i = 8; i < 66; ++i) {
            bits = (bits << 5) | _value(text[i]);
            pending += 5;
            if (pending >= 8) {
                pending -= 8;
                decoded[length++] = bytes1(uint8(bits >> pending));
                bits &= (1 << pending) - 1;
            }
        }
        assertEq(length, 36);
        assertEq(bits, 0, "padding bits");
        assertEq(decoded, abi.encodePacked(hex"01551220", digest));
    }

    function _value(bytes1 c) private pure returns (uint256) {
        if (c >= "a" && c <= "z") return uint8(c) - uint8(bytes1("a"));
        assertTrue(c >= "2" && c <= "7", "not base32");
        return uint8(c) - uint8(bytes1("2")) + 26;
    }
}
