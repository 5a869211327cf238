// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {INotices} from "../interfaces/INotices.sol";
import {Name} from "./Name.sol";

/// @title NoticeTypes
/// @notice EIP-712 struct hashes of notices, as `ComplaintTypes` has them for complaints.
library NoticeTypes {
    string private constant NOTICE =
        "Notice(string area,string feeder,uint40 start,uint40 end,uint40 restoration,string reason,bool withdrawn,bytes32 changes,address signer)";

    bytes32 private constant NOTICE_TYPEHASH = keccak256(bytes(NOTICE));
    bytes32 private constant SIGNED_NOTICE_TYPEHASH =
        keccak256(abi.encodePacked("SignedNotice(Notice notice,uint40 deadline)", NOTICE));

    /// @dev Struct hash of a notice.
    function hash(INotices.Notice calldata n, address signer) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                NOTICE_TYPEHASH,
                Name.hash(n.area),
                keccak256(bytes(n.feeder)),
                n.start,
                n.end,
                n.restoration,
                n.reason,
                n.withdrawn,
                n.changes,
                signer
            )
        );
    }

    /// @dev Struct hash of what an official signs.
    function signedHash(INotices.Notice calldata n, address signer, uint40 deadline) internal pure returns (bytes32) {
        return keccak256(abi.encode(SIGNED_NOTICE_TYPEHASH, hash(n, signer), deadline));
    }
}
