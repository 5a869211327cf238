// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CommonBase} from "forge-std/Base.sol";

import {IComplaints} from "../src/interfaces/IComplaints.sol";
import {INotices} from "../src/interfaces/INotices.sol";

/// @dev What a wallet is asked to sign, as EIP-712 JSON, and its digest by forge's own EIP-712: nothing here comes from the
/// contracts' hashing.
abstract contract TypedData is CommonBase {
    string private constant DOMAIN =
        '"EIP712Domain":[{"name":"name","type":"string"},{"name":"version","type":"string"},{"name":"chainId","type":"uint256"},{"name":"verifyingContract","type":"address"}]';
    string private constant FILING =
        ',"Filing":[{"name":"area","type":"string"},{"name":"site","type":"string"},{"name":"feeder","type":"string"},{"name":"class","type":"string"},{"name":"text","type":"bytes32"},{"name":"evidence","type":"bytes32"},{"name":"filer","type":"address"}]';
    string private constant ACTION =
        ',"Action":[{"name":"act","type":"string"},{"name":"complaint","type":"bytes32"},{"name":"index","type":"uint32"},{"name":"previous","type":"bytes32"},{"name":"note","type":"string"},{"name":"duplicateOf","type":"bytes32"},{"name":"signer","type":"address"}]';
    string private constant REMARK =
        ',"Remark":[{"name":"say","type":"string"},{"name":"complaint","type":"bytes32"},{"name":"reopening","type":"uint32"},{"name":"note","type":"string"},{"name":"signer","type":"address"}]';
    string private constant NOTICE =
        ',"Notice":[{"name":"area","type":"string"},{"name":"feeder","type":"string"},{"name":"start","type":"uint40"},{"name":"end","type":"uint40"},{"name":"restoration","type":"uint40"},{"name":"reason","type":"string"},{"name":"withdrawn","type":"bool"},{"name":"changes","type":"bytes32"},{"name":"signer","type":"address"}]';

    /// @dev Where something is signed for.
    struct Domain {
        uint256 chainId;
        address target;
    }

    function _digestOf(Domain memory d, IComplaints.Filing memory f) internal pure returns (bytes32) {
        return _digest(d, "Complaints", "Filing", FILING, _json(f));
    }

    function _digestOf(Domain memory d, IComplaints.Filing memory f, uint40 deadline) internal pure returns (bytes32) {
        string memory types = string.concat(_signedType("Filing", "filing", "Filing"), FILING);
        return _digest(d, "Complaints", "SignedFiling", types, _message("filing", _json(f), deadline));
    }

    /// @dev `notes` are the words whose hashes are in the actions.
    function _digestOf(
        Domain memory d,
        IComplaints.Action[] memory actions,
        string[] memory notes,
        address signer,
        uint40 deadline
    ) internal pure returns (bytes32) {
        string memory list;
        for (uint256 i; i < actions.length; ++i) {
            list = string.concat(list, i == 0 ? "" : ",", _json(actions[i], notes[i], signer));
        }
        string memory types = string.concat(_signedType("Actions", "actions", "Action[]"), ACTION);
        string memory message = _message("actions", string.concat("[", list, "]"), deadline);
        return _digest(d, "Complaints", "SignedActions", types, message);
    }

    function _digestOf(
        Domain memory d,
        IComplaints.Remark memory r,
        string memory note,
        address signer,
        uint40 deadline
    ) internal pure returns (bytes32) {
        string memory types = string.concat(_signedType("Remark", "remark", "Remark"), REMARK);
        string memory message = _message("remark", _json(r, note, signer), deadline);
        return _digest(d, "Complaints", "SignedRemark", types, message);
    }

    function _digestOf(Domain memory d, INotices.Notice memory n, string memory reason, address signer)
        internal
        pure
        returns (bytes32)
    {
        return _digest(d, "Notices", "Notice", NOTICE, _json(n, reason, signer));
    }

    function _digestOf(Domain memory d, INotices.Notice memory n, string memory reason, address signer, uint40 deadline)
        internal
        pure
        returns (bytes32)
    {
        string memory types = string.concat(_signedType("Notice", "notice", "Notice"), NOTICE);
        string memory message = _message("notice", _json(n, reason, signer), deadline);
        return _digest(d, "Notices", "SignedNotice", types, message);
    }

    /// @dev The words that stand for an act.
    function _words(IComplaints.Act act) internal pure returns (string memory) {
        string[9] memory words = [
            "",
            "",
            "acknowledge",
            "resolve: fixed",
            "resolve: not fixed",
            "resolve: duplicate",
            "resolve: not ours",
            "reject",
            "reopen"
        ];
        return words[uint256(act)];
    }

    /// @dev The words that stand for what is said.
    function _words(IComplaints.Say say) internal pure returns (string memory) {
        string[3] memory words = ["note", "affected too", "still off"];
        return words[uint256(say)];
    }

    function _digest(
        Domain memory d,
        string memory contract_,
        string memory primaryType,
        string memory types,
        string memory message
    ) private pure returns (bytes32) {
        string memory domain = string.concat(
            '{"name":"Power Tracker ',
            contract_,
            '","version":"1","chainId":',
            vm.toString(d.chainId),
            ',"verifyingContract":',
            _quoted(vm.toString(d.target)),
            "}"
        );
        return vm.eip712HashTypedData(
            string.concat(
                '{"types":{',
                DOMAIN,
                types,
                '},"primaryType":',
                _quoted(primaryType),
                ',"domain":',
                domain,
                ',"message":',
                message,
                "}"
            )
        );
    }

    function _signedType(string memory suffix, string memory field, string memory inner)
        private
        pure
        returns (string memory)
    {
        return string.concat(
            ',"Signed',
            suffix,
            '":[{"name":',
            _quoted(field),
            ',"type":',
            _quoted(inner),
            '},{"name":"deadline","type":"uint40"}]'
        );
    }

    function _message(string memory field, string memory inner, uint40 deadline) private pure returns (string memory) {
        return string.concat("{", _quoted(field), ":", inner, ',"deadline":', vm.toString(deadline), "}");
    }

    function _json(IComplaints.Filing memory f) private pure returns (string memory) {
        string memory place = string.concat(
            '{"area":',
            _quoted(_text(f.area)),
            ',"site":',
            _quoted(f.site),
            ',"feeder":',
            _quoted(f.feeder),
            ',"class":',
            _quoted(_text(f.class))
        );
        return string.concat(
            place,
            ',"text":',
            _quoted(vm.toString(f.text)),
            ',"evidence":',
            _quoted(vm.toString(f.evidence)),
            ',"filer":',
            _quoted(vm.toString(f.filer)),
            "}"
        );
    }

    function _json(IComplaints.Action memory a, string memory note, address signer)
        private
        pure
        returns (string memory)
    {
        string memory place = string.concat(
            '{"act":',
            _quoted(_words(a.act)),
            ',"complaint":',
            _quoted(vm.toString(a.complaint)),
            ',"index":',
            vm.toString(a.index),
            ',"previous":',
            _quoted(vm.toString(a.previous))
        );
        return string.concat(
            place,
            ',"note":',
            _quoted(note),
            ',"duplicateOf":',
            _quoted(vm.toString(a.duplicateOf)),
            ',"signer":',
            _quoted(vm.toString(signer)),
            "}"
        );
    }

    function _json(IComplaints.Remark memory r, string memory note, address signer)
        private
        pure
        returns (string memory)
    {
        return string.concat(
            '{"say":',
            _quoted(_words(r.say)),
            ',"complaint":',
            _quoted(vm.toString(r.complaint)),
            ',"reopening":',
            vm.toString(r.reopening),
            ',"note":',
            _quoted(note),
            ',"signer":',
            _quoted(vm.toString(signer)),
            "}"
        );
    }

    function _json(INotices.Notice memory n, string memory reason, address signer)
        private
        pure
        returns (string memory)
    {
        string memory times = string.concat(
            ',"start":',
            vm.toString(n.start),
            ',"end":',
            vm.toString(n.end),
            ',"restoration":',
            vm.toString(n.restoration)
        );
        return string.concat(
            '{"area":',
            _quoted(_text(n.area)),
            ',"feeder":',
            _quoted(n.feeder),
            times,
            ',"reason":',
            _quoted(reason),
            ',"withdrawn":',
            n.withdrawn ? "true" : "false",
            ',"changes":',
            _quoted(vm.toString(n.changes)),
            string.concat(',"signer":', _quoted(vm.toString(signer)), "}")
        );
    }

    function _quoted(string memory text) private pure returns (string memory) {
        return string.concat('"', text, '"');
    }

    /// @dev A short name without its padding, byte by byte.
    function _text(bytes32 name) internal pure returns (string memory) {
        bytes memory text;
        for (uint256 i; i < 32 && name[i] != 0; ++i) {
            text = abi.encodePacked(text, name[i]);
        }
        return string(text);
    }
}
