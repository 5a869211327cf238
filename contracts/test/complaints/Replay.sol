// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {VmSafe} from "forge-std/Vm.sol";

import {IComplaints} from "../../src/interfaces/IComplaints.sol";
import {IOfficials} from "../../src/interfaces/IOfficials.sol";

/// @dev What somebody knows of complaints who has only seen the events, in their order: a second implementation of the rules,
/// which checks each event against those before it.
abstract contract Replay {
    /// @dev A complaint by its events.
    struct Story {
        IComplaints.Complaint known;
        uint32 closings;
        uint8 baseLevel;
    }

    uint8 private constant MAX_LEVEL = 9;

    bytes32[] internal _ids;
    mapping(bytes32 id => Story) internal _stories;
    mapping(bytes32 area => mapping(address wallet => IOfficials.Grant[])) private _grants;
    mapping(bytes32 key => bool) private _remarks;
    uint256 internal _events;

    /// @dev Takes note of what happened next.
    function _replay(VmSafe.Log[] memory logs) internal {
        for (uint256 i; i < logs.length; ++i) {
            bytes32 topic = logs[i].topics[0];
            if (topic == IComplaints.Filed.selector) _replayFiled(logs[i]);
            else if (topic == IComplaints.Acted.selector) _replayActed(logs[i]);
            else if (topic == IComplaints.Remarked.selector) _replayRemarked(logs[i]);
            else if (topic == IOfficials.OfficialGranted.selector) _replayGranted(logs[i]);
            else if (topic == IOfficials.OfficialRevoked.selector) _replayRevoked(logs[i]);
            else continue;
            ++_events;
        }
    }

    /// @dev The level of a wallet at a time, by the grants and revocations seen so far.
    function _levelOf(bytes32 area, address wallet, uint40 time) internal view returns (uint8) {
        for (uint256 scope; scope < 2; ++scope) {
            IOfficials.Grant[] storage list = _grants[scope == 0 ? area : bytes32(0)][wallet];
            for (uint256 i; i < list.length; ++i) {
                IOfficials.Grant memory g = list[i];
                if (g.from <= time && time < g.until && g.revokedAt == 0) return g.level;
            }
        }
        return 0;
    }

    /// @dev Whose turn it is at a time.
    function _turn(Story memory s, uint40 time) internal pure returns (uint8 level) {
        if (_closed(s.known.last)) time = s.known.lastAt;
        level = s.baseLevel;
        for (uint256 due = s.known.openedAt + s.known.clock; due < time && level < MAX_LEVEL; due += s.known.clock) {
            ++level;
        }
    }

    function _closed(IComplaints.Act last) internal pure returns (bool) {
        return last != IComplaints.Act.File && last != IComplaints.Act.Acknowledge && last != IComplaints.Act.Reopen;
    }

    function _replayFiled(VmSafe.Log memory log) private {
        bytes32 id = log.topics[1];
        Story storage s = _stories[id];
        require(s.known.filedAt == 0, "filed twice");
        (,, bytes32 class,,, uint32 clock, uint40 at) =
            abi.decode(log.data, (string, string, bytes32, bytes32, bytes32, uint32, uint40));
        s.known = IComplaints.Complaint({
            area: log.topics[2],
            class: class,
            filer: address(uint160(uint256(log.topics[3]))),
            filedAt: at,
            stage: IComplaints.Stage.Filed,
            last: IComplaints.Act.File,
            lastAt: at,
            index: 0,
            head: id,
            reopenings: 0,
            openedAt: at,
            clock: clock,
            dueAt: at + clock,
            level: 1
        });
        s.baseLevel = 1;
        _ids.push(id);
    }

    struct Acted {
        IComplaints.Act act;
        uint32 index;
        bytes32 hash;
        bytes32 note;
        bytes32 duplicateOf;
        uint8 signerLevel;
        uint8 level;
        uint32 clock;
        uint40 at;
    }

    function _replayActed(VmSafe.Log memory log) private {
        Story storage s = _stories[log.topics[1]];
        address signer = address(uint160(uint256(log.topics[3])));
        Acted memory a = abi.decode(log.data, (Acted));
        require(s.known.filedAt != 0 && log.topics[2] == s.known.area, "of no complaint");
        require(a.index == s.known.index + 1, "out of order");
        require(a.hash == _hashOf(log.topics[1], a, s.known.head, signer), "of another history");
        bool byFiler = a.act == IComplaints.Act.Reopen && signer == s.known.filer;
        require(a.signerLevel != 0 || byFiler, "without a grant");
        require(a.signerLevel == _levelOf(s.known.area, signer, a.at), "of another level");
        bool wasClosed = _closed(s.known.last);
        require(wasClosed == (a.act == IComplaints.Act.Reopen), "not in its turn");
        uint8 turn = _turn(s, a.at);

        (s.known.index, s.known.head, s.known.last, s.known.lastAt) = (a.index, a.hash, a.act, a.at);
        if (a.act == IComplaints.Act.Reopen) {
            s.baseLevel = turn < MAX_LEVEL ? turn + 1 : MAX_LEVEL;
            require(a.level == s.baseLevel, "handed to another level");
            ++s.known.reopenings;
            (s.known.openedAt, s.known.clock, s.known.dueAt) = (a.at, a.clock, a.at + a.clock);
            s.known.stage = IComplaints.Stage.Reopened;
            return;
        }
        require(a.level == turn && a.clock == s.known.clock, "on another clock");
        if (_closed(a.act)) ++s.closings;
        s.known.stage = a.act == IComplaints.Act.Acknowledge
            ? IComplaints.Stage.Acknowledged
            : a.act == IComplaints.Act.Reject ? IComplaints.Stage.Rejected : IComplaints.Stage.Resolved;
    }

    /// @dev EIP-712 struct hash of an action, from its event and the one before.
    function _hashOf(bytes32 id, Acted memory a, bytes32 previous, address signer) private pure returns (bytes32) {
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
        bytes32 type_ = keccak256(
            "Action(string act,bytes32 complaint,uint32 index,bytes32 previous,string note,bytes32 duplicateOf,address signer)"
        );
        bytes32 act = keccak256(bytes(words[uint256(a.act)]));
        return keccak256(abi.encode(type_, act, id, a.index, previous, a.note, a.duplicateOf, signer));
    }

    function _replayRemarked(VmSafe.Log memory log) private {
        Story memory s = _stories[log.topics[1]];
        address signer = address(uint160(uint256(log.topics[3])));
        (IComplaints.Say say, uint32 reopening, bytes32 note, uint8 level, uint40 at) =
            abi.decode(log.data, (IComplaints.Say, uint32, bytes32, uint8, uint40));
        require(s.known.filedAt != 0 && log.topics[2] == s.known.area, "of no complaint");
        bytes32 words = note;
        if (say == IComplaints.Say.Note) {
            require(level == _levelOf(s.known.area, signer, at), "of another level");
            require(level != 0 || signer == s.known.filer, "without a grant");
        } else {
            words = 0;
        }
        if (say == IComplaints.Say.StillOff) require(reopening < s.closings, "answers no closing");
        bytes32 key = keccak256(abi.encode(log.topics[1], say, reopening, words, signer));
        require(!_remarks[key], "said twice");
        _remarks[key] = true;
    }

    function _replayGranted(VmSafe.Log memory log) private {
        IOfficials.Grant[] storage list = _grants[log.topics[1]][address(uint160(uint256(log.topics[2])))];
        (uint256 index, uint8 level, uint40 from, uint40 until) = abi.decode(log.data, (uint256, uint8, uint40, uint40));
        require(index == list.length, "granted out of order");
        list.push(IOfficials.Grant(level, from, until, 0));
    }

    function _replayRevoked(VmSafe.Log memory log) private {
        IOfficials.Grant[] storage list = _grants[log.topics[1]][address(uint160(uint256(log.topics[2])))];
        (uint256 index, uint40 at) = abi.decode(log.data, (uint256, uint40));
        require(list[index].revokedAt == 0, "revoked twice");
        list[index].revokedAt = at;
    }
}
