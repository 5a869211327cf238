// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IComplaints} from "../interfaces/IComplaints.sol";
import {Name} from "./Name.sol";

/// @title ComplaintTypes
/// @notice EIP-712 struct hashes of what is signed about complaints. Names and words are signed as strings, so that a
/// wallet shows what is meant; each `Signed…` is what is said with a deadline, which is no part of its identity.
library ComplaintTypes {
    string private constant FILING =
        "Filing(string area,string site,string feeder,string class,bytes32 text,bytes32 evidence,address filer)";
    string private constant ACTION =
        "Action(string act,bytes32 complaint,uint32 index,bytes32 previous,string note,bytes32 duplicateOf,address signer)";
    string private constant REMARK = "Remark(string say,bytes32 complaint,uint32 reopening,string note,address signer)";

    bytes32 private constant FILING_TYPEHASH = keccak256(bytes(FILING));
    bytes32 private constant ACTION_TYPEHASH = keccak256(bytes(ACTION));
    bytes32 private constant REMARK_TYPEHASH = keccak256(bytes(REMARK));
    bytes32 private constant SIGNED_FILING_TYPEHASH =
        keccak256(abi.encodePacked("SignedFiling(Filing filing,uint40 deadline)", FILING));
    bytes32 private constant SIGNED_ACTIONS_TYPEHASH =
        keccak256(abi.encodePacked("SignedActions(Action[] actions,uint40 deadline)", ACTION));
    bytes32 private constant SIGNED_REMARK_TYPEHASH =
        keccak256(abi.encodePacked("SignedRemark(Remark remark,uint40 deadline)", REMARK));

    /// @dev Struct hash of a filing.
    function hash(IComplaints.Filing calldata f) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                FILING_TYPEHASH,
                Name.hash(f.area),
                keccak256(bytes(f.site)),
                keccak256(bytes(f.feeder)),
                Name.hash(f.class),
                f.text,
                f.evidence,
                f.filer
            )
        );
    }

    /// @dev Struct hash of an action, which the next one names.
    function hash(IComplaints.Action calldata a, address signer) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(ACTION_TYPEHASH, _name(a.act), a.complaint, a.index, a.previous, a.note, a.duplicateOf, signer)
        );
    }

    /// @dev Struct hash of a remark.
    function hash(IComplaints.Remark calldata r, address signer) internal pure returns (bytes32) {
        return keccak256(abi.encode(REMARK_TYPEHASH, _name(r.say), r.complaint, r.reopening, r.note, signer));
    }

    /// @dev Struct hash of what a filer signs.
    function signedHash(IComplaints.Filing calldata f, uint40 deadline) internal pure returns (bytes32) {
        return keccak256(abi.encode(SIGNED_FILING_TYPEHASH, hash(f), deadline));
    }

    /// @dev Struct hash of what an official signs: a list of actions.
    function signedHash(IComplaints.Action[] calldata actions, address signer, uint40 deadline)
        internal
        pure
        returns (bytes32)
    {
        bytes32[] memory hashes = new bytes32[](actions.length);
        for (uint256 i; i < actions.length; ++i) {
            hashes[i] = hash(actions[i], signer);
        }
        return keccak256(abi.encode(SIGNED_ACTIONS_TYPEHASH, keccak256(abi.encodePacked(hashes)), deadline));
    }

    /// @dev Struct hash of what is signed to say something.
    function signedHash(IComplaints.Remark calldata r, address signer, uint40 deadline)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(SIGNED_REMARK_TYPEHASH, hash(r, signer), deadline));
    }

    /// @dev Hash of an act's text. `None` and `File` are never signed, and have none.
    function _name(IComplaints.Act act) private pure returns (bytes32) {
        if (act == IComplaints.Act.Acknowledge) return keccak256("acknowledge");
        if (act == IComplaints.Act.ResolveFixed) return keccak256("resolve: fixed");
        if (act == IComplaints.Act.ResolveNotFixed) return keccak256("resolve: not fixed");
        if (act == IComplaints.Act.ResolveDuplicate) return keccak256("resolve: duplicate");
        if (act == IComplaints.Act.ResolveNotOurs) return keccak256("resolve: not ours");
        if (act == IComplaints.Act.Reject) return keccak256("reject");
        if (act == IComplaints.Act.Reopen) return keccak256("reopen");
        return 0;
    }

    /// @dev Hash of the text of what is said.
    function _name(IComplaints.Say say) private pure returns (bytes32) {
        if (say == IComplaints.Say.Note) return keccak256("note");
        if (say == IComplaints.Say.AffectedToo) return keccak256("affected too");
        return keccak256("still off");
    }
}
