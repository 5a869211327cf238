// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CommonBase} from "forge-std/Base.sol";
import {StdUtils} from "forge-std/StdUtils.sol";

import {Clocks} from "../../src/Clocks.sol";
import {Complaints} from "../../src/Complaints.sol";
import {Officials} from "../../src/Officials.sol";
import {IComplaints} from "../../src/interfaces/IComplaints.sol";
import {IOfficials} from "../../src/interfaces/IOfficials.sol";
import {Replay} from "./Replay.sol";

/// @dev Does at random what filers, officials, supporters and administrators may do and what they may not. What the
/// contracts take and refuse must be what follows from the events before.
contract ComplaintsHandler is CommonBase, StdUtils, Replay {
    Complaints private immutable COMPLAINTS;
    Officials private immutable OFFICIALS;
    Clocks private immutable CLOCKS;
    address private immutable ADMIN;

    bytes32[2] private AREAS = [bytes32("palwal-3"), "hisar"];
    address[5] private ACTORS = [address(0xa1), address(0xa2), address(0xa3), address(0xa4), address(0xa5)];

    uint256 public refusals;
    uint256 private filed;

    /// @dev What a complaint was, each time that something was done: none of it may ever be otherwise.
    struct Past {
        bytes32 id;
        uint32 index;
        bytes32 head;
    }

    Past[] private _past;

    constructor(Complaints complaints, Officials officials, Clocks clocks, address admin) {
        (COMPLAINTS, OFFICIALS, CLOCKS, ADMIN) = (complaints, officials, clocks, admin);
    }

    modifier replayed() {
        vm.recordLogs();
        _;
        _replay(vm.getRecordedLogs());
    }

    /* DOING */

    function pass(uint24 seconds_) external {
        vm.warp(vm.getBlockTimestamp() + seconds_ % 30_000);
    }

    function file(uint256 who, uint256 where, bool line) external replayed {
        IComplaints.Filing memory f;
        f.area = AREAS[where % 2];
        f.class = line ? bytes32("overhead-line") : bytes32("fuse");
        f.text = bytes32(++filed);
        f.filer = ACTORS[who % 5];
        bool taken = CLOCKS.clockAt(f.area, f.class, uint40(vm.getBlockTimestamp())) != 0;
        vm.prank(f.filer);
        try COMPLAINTS.file(f) {
            require(taken, "filed what must be refused");
        } catch {
            require(!taken, "refused what must be filed");
            ++refusals;
        }
    }

    function act(uint256 which, uint256 who, uint256 what, uint256 original) external replayed {
        if (_ids.length == 0) return;
        bytes32 id = _ids[which % _ids.length];
        (who, what, original) = (who % 5, what % 2 ** 32, original % _ids.length);
        Story memory s = _stories[id];
        IComplaints.Action memory a = _next(id, IComplaints.Act(2 + what % 7));
        a.duplicateOf = a.act == IComplaints.Act.ResolveDuplicate ? _ids[original] : bytes32(0);
        // Three times of four the next one that is allowed, so that stories grow long.
        for (uint256 i = 1; i < 35 && (what >> 8) % 4 != 0 && !_allowed(s, a, ACTORS[who % 5]); ++i) {
            a.act = IComplaints.Act(2 + (what + i) % 7);
            a.duplicateOf = a.act == IComplaints.Act.ResolveDuplicate ? _ids[original] : bytes32(0);
            if (i % 7 == 0) ++who;
        }
        _act(a, ACTORS[who % 5], _allowed(s, a, ACTORS[who % 5]));
    }

    /// @dev Built upon an older state, or upon none that there was.
    function actOutOfOrder(uint256 which, uint256 who, uint256 what, uint32 index, bool another) external replayed {
        if (_ids.length == 0) return;
        bytes32 id = _ids[which % _ids.length];
        IComplaints.Action memory a = _next(id, IComplaints.Act(2 + what % 7));
        if (another) a.previous = ~a.previous;
        else a.index = a.index == index ? index + 1 : index;
        _act(a, ACTORS[who % 5], false);
    }

    function remark(uint256 which, uint256 who, uint256 say, uint32 reopening, uint256 note) external replayed {
        if (_ids.length == 0) return;
        IComplaints.Remark memory r;
        r.complaint = _ids[which % _ids.length];
        r.say = IComplaints.Say(say % 3);
        if (r.say == IComplaints.Say.StillOff) r.reopening = reopening % 3;
        r.note = keccak256(abi.encode(note % 3));
        vm.prank(ACTORS[who % 5]);
        // The replay refuses what should not have been taken.
        try COMPLAINTS.remark(r) {}
        catch (bytes memory reason) {
            ++refusals;
            _mustBeRefused(r, ACTORS[who % 5], bytes4(reason));
        }
    }

    function grant(uint256 who, uint256 where, uint8 level, uint24 wait, uint24 length) external replayed {
        bytes32 area = where % 5 == 4 ? bytes32(0) : AREAS[where % 2];
        uint40 from = uint40(vm.getBlockTimestamp()) + wait % 20_000;
        vm.prank(ADMIN);
        try OFFICIALS.grant(area, ACTORS[who % 5], 1 + level % 9, from, from + 1 + length) {}
        catch (bytes memory reason) {
            require(bytes4(reason) == IOfficials.TermsOverlap.selector, "refused for another reason");
        }
    }

    function revoke(uint256 who, uint256 where) external replayed {
        bytes32 area = where % 5 == 4 ? bytes32(0) : AREAS[where % 2];
        uint256 count = OFFICIALS.grants(area, ACTORS[who % 5]).length;
        if (count == 0) return;
        vm.prank(ADMIN);
        try OFFICIALS.revoke(area, ACTORS[who % 5], count - 1) {}
        catch (bytes memory reason) {
            require(bytes4(reason) == IOfficials.GrantOver.selector, "refused for another reason");
        }
    }

    function setClock(uint16 hours_, bool line) external {
        vm.prank(ADMIN);
        CLOCKS.setClock("haryana-town", line ? bytes32("overhead-line") : bytes32("fuse"), uint32(hours_) % 20 * 600, 0);
    }

    /* ACCOUNTS */

    function ids() external view returns (bytes32[] memory) {
        return _ids;
    }

    /// @dev A complaint as it must stand now, by the events alone.
    function story(bytes32 id) external view returns (Story memory s) {
        s = _stories[id];
        s.known.level = _turn(s, uint40(vm.getBlockTimestamp()));
    }

    function past() external view returns (Past[] memory) {
        return _past;
    }

    /* INTERNAL */

    function _next(bytes32 id, IComplaints.Act what) private view returns (IComplaints.Action memory) {
        IComplaints.Complaint memory known = _stories[id].known;
        return IComplaints.Action(what, id, known.index + 1, known.head, keccak256(""), 0);
    }

    function _act(IComplaints.Action memory a, address who, bool allowed) private {
        IComplaints.Action[] memory list = new IComplaints.Action[](1);
        list[0] = a;
        vm.prank(who);
        try COMPLAINTS.act(list) {
            require(allowed, "done what must be refused");
            _past.push(Past(a.complaint, a.index, COMPLAINTS.actionHash(a, who)));
        } catch {
            require(!allowed, "refused what must be done");
            ++refusals;
        }
    }

    /// @dev Whether an action in its place must be taken.
    function _allowed(Story memory s, IComplaints.Action memory a, address who) private view returns (bool) {
        bool official = _levelOf(s.known.area, who, uint40(vm.getBlockTimestamp())) != 0;
        bool closed = _closed(s.known.last);
        if (a.act == IComplaints.Act.Reopen) return closed && (official || who == s.known.filer);
        if (closed || !official) return false;
        if (a.act == IComplaints.Act.Acknowledge) return s.known.last != IComplaints.Act.Acknowledge;
        if (a.act != IComplaints.Act.ResolveDuplicate) return true;
        IComplaints.Complaint memory original = _stories[a.duplicateOf].known;
        return a.duplicateOf != a.complaint && original.area == s.known.area
            && original.last != IComplaints.Act.ResolveDuplicate;
    }

    function _mustBeRefused(IComplaints.Remark memory r, address who, bytes4 error) private view {
        Story memory s = _stories[r.complaint];
        if (error == IComplaints.NotOfficial.selector) {
            uint8 level = _levelOf(s.known.area, who, uint40(vm.getBlockTimestamp()));
            require(r.say == IComplaints.Say.Note && level == 0 && who != s.known.filer, "refused an official");
        } else if (error == IComplaints.InvalidReopening.selector) {
            require(r.say == IComplaints.Say.StillOff && r.reopening >= s.closings, "refused an answer to a closing");
        } else {
            require(error == IComplaints.AlreadySaid.selector, "refused for another reason");
            require(COMPLAINTS.said(r, who), "refused what was not said");
        }
    }
}
