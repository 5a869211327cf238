// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Cid
/// @notice The IPFS name of a raw block: CIDv1, codec raw, SHA2-256, in lower-case base32 without padding.
library Cid {
    /// @dev version 1 | codec raw 0x55 | hash sha2-256 0x12 | length 32.
    bytes4 private constant PREFIX = 0x01551220;

    /// @dev RFC 4648 base32 in lower case, as multibase `b` has it.
    bytes32 private constant ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

    /// @dev 36 bytes in groups of five bits, the last one filled up with zeros.
    uint256 private constant LENGTH = 58;

    /// @dev The `ipfs://` link of the raw block whose SHA-256 is `digest`.
    function uri(bytes32 digest) internal pure returns (string memory) {
        bytes memory text = new bytes(LENGTH);
        // 290 bits, of which the upper 34 lie in `high`: the CID's 288 and two zeros below them.
        uint256 low = uint256(digest) << 2;
        uint256 high = (uint256(uint32(PREFIX)) << 2) | (uint256(digest) >> 254);
        for (uint256 i = LENGTH; i != 0; --i) {
            text[i - 1] = ALPHABET[low & 31];
            low = (low >> 5) | (high << 251);
            high >>= 5;
        }
        return string.concat("ipfs://b", string(text));
    }
}
