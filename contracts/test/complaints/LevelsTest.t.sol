// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IComplaints} from "../../src/interfaces/IComplaints.sol";
import {AccountabilityTest} from "../AccountabilityTest.sol";

/// @dev Whose turn it is follows from the clock, and needs no transaction.
contract LevelsTest is AccountabilityTest {
    uint40 private constant FILED = uint40(START) + 1;

    function test_level_atTheEdges() public {
        bytes32 id = _file(1);
        assertEq(complaints.complaint(id).dueAt, FILED + 4 hours);
        uint40[6] memory times =
            [FILED, FILED + 4 hours, FILED + 4 hours + 1, FILED + 8 hours, FILED + 8 hours + 1, FILED + 12 hours];
        uint8[6] memory levels = [1, 1, 2, 2, 3, 3];
        for (uint256 i; i < times.length; ++i) {
            vm.warp(times[i]);
            assertEq(complaints.complaint(id).level, levels[i]);
        }
    }

    function test_level(uint40 elapsed) public {
        bytes32 id = _file(1);
        elapsed = uint40(bound(elapsed, 0, 100 days));
        vm.warp(FILED + elapsed);
        // Counted hour by hour, so to say: the level rises where the clock ran out before now.
        uint256 level = 1;
        for (uint256 due = 4 hours; due < elapsed && level < 9; due += 4 hours) {
            ++level;
        }
        assertEq(complaints.complaint(id).level, level);
    }

    /// @dev Time does not pass for what is closed.
    function test_level_ofWhatIsClosed(uint40 closed, uint40 later) public {
        bytes32 id = _file(1);
        vm.warp(FILED + bound(closed, 0, 40 hours));
        uint8 level = complaints.complaint(id).level;
        _act(JUNIOR, id, IComplaints.Act.ResolveFixed);
        vm.warp(vm.getBlockTimestamp() + bound(later, 0, 1000 days));
        assertEq(complaints.complaint(id).level, level);
    }

    /// @dev Acknowledging gains no time.
    function test_level_ofWhatIsAcknowledged(uint40 at) public {
        bytes32 id = _file(1);
        vm.warp(FILED + bound(at, 0, 8 hours));
        _act(JUNIOR, id, IComplaints.Act.Acknowledge);
        vm.warp(FILED + 8 hours + 1);
        assertEq(complaints.complaint(id).level, 3);
        assertEq(complaints.complaint(id).dueAt, FILED + 4 hours);
    }

    /// @dev Whoever reopens it, a complaint goes one level higher and has its whole clock again: closing it falsely gains
    /// no time with the same officer, and who fixed it in truth is not late when it is reopened a year after.
    function test_level_ofWhatIsReopened(uint40 closed, uint40 later, uint256 who) public {
        bytes32 id = _file(1);
        vm.warp(FILED + bound(closed, 0, 40 hours));
        uint8 level = complaints.complaint(id).level;
        _act(JUNIOR, id, IComplaints.Act.ResolveFixed);
        vm.warp(vm.getBlockTimestamp() + bound(later, 0, 1000 days));
        _act(who % 2 == 0 ? FILER : JUNIOR, id, IComplaints.Act.Reopen);

        IComplaints.Complaint memory c = complaints.complaint(id);
        assertEq(c.level, level < 9 ? level + 1 : 9);
        assertEq(c.openedAt, _now());
        assertEq(c.dueAt, _now() + 4 hours);
        assertEq(c.filedAt, FILED);
        vm.warp(c.dueAt + 1);
        assertEq(complaints.complaint(id).level, c.level < 9 ? c.level + 1 : 9);
    }

    function test_level_neverAboveTheHighest() public {
        bytes32 id = _file(1);
        for (uint256 i; i < 12; ++i) {
            _act(SENIOR, id, IComplaints.Act.ResolveNotFixed);
            _act(FILER, id, IComplaints.Act.Reopen);
        }
        assertEq(complaints.complaint(id).level, officials.MAX_LEVEL());
        vm.warp(type(uint40).max - FUSE_CLOCK);
        assertEq(complaints.complaint(id).level, officials.MAX_LEVEL());
    }

    /* CLOCKS THAT CHANGE */

    /// @dev A complaint keeps the clock with which it was filed; a reopening is a new begin.
    function test_clock_isThatOfTheOpening(uint32 duration, uint40 effectiveFrom) public {
        duration = uint32(bound(duration, 1, 1000 days));
        effectiveFrom = uint40(bound(effectiveFrom, FILED + 1, FILED + 1000));
        bytes32 id = _file(1);
        vm.prank(ADMIN);
        clocks.setClock(TOWN, FUSE, duration, effectiveFrom);
        vm.warp(effectiveFrom);
        assertEq(complaints.complaint(id).clock, FUSE_CLOCK);
        assertEq(complaints.complaint(_file(2)).clock, duration);
        _act(JUNIOR, id, IComplaints.Act.ResolveFixed);
        assertEq(complaints.complaint(id).clock, FUSE_CLOCK);
        _act(FILER, id, IComplaints.Act.Reopen);
        assertEq(complaints.complaint(id).clock, duration);
    }

    /// @dev What is taken no more can be reopened all the same, with the clock that it had.
    function test_clock_ofAClassThatIsTakenNoMore(bool area) public {
        bytes32 id = _file(1);
        _act(JUNIOR, id, IComplaints.Act.ResolveFixed);
        vm.startPrank(ADMIN);
        if (area) clocks.assign(AREA, 0, 0);
        else clocks.setClock(TOWN, FUSE, 0, 0);
        vm.stopPrank();
        vm.warp(FILED + 1);
        _act(FILER, id, IComplaints.Act.Reopen);
        assertEq(complaints.complaint(id).clock, FUSE_CLOCK);
    }
}
