// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../src/Clocks.sol";
import {IClocks} from "../../src/interfaces/IClocks.sol";
import {AreaId} from "../../src/libraries/AreaId.sol";
import {Name} from "../../src/libraries/Name.sol";
import {BaseTest} from "../BaseTest.sol";

contract ClocksTest is BaseTest {
    bytes32 private constant TOWN = "telangana-town";
    bytes32 private constant RURAL = "telangana-rural";
    bytes32 private constant FUSE = "fuse";
    bytes32 private constant AREA = "palwal-3";

    Clocks private clocks;

    function setUp() public override {
        super.setUp();
        clocks = new Clocks(address(manager));
    }

    /* CLOCKS */

    function test_setClock(uint256 seed, uint32 duration, uint40 effectiveFrom) public {
        (bytes32 schedule, bytes32 class) = (_anyArea(seed), _anyArea(~seed));
        effectiveFrom = uint40(bound(effectiveFrom, _earliest(), _latest()));
        vm.expectEmit(address(clocks));
        emit IClocks.ClockSet(schedule, class, 0, duration, effectiveFrom);
        vm.prank(ADMIN);
        clocks.setClock(schedule, class, duration, effectiveFrom);

        IClocks.Clock[] memory all = clocks.clocks(schedule, class);
        assertEq(all.length, 1);
        assertEq(abi.encode(all[0]), abi.encode(IClocks.Clock(duration, effectiveFrom, uint40(START))));
        assertEq(clocks.classes(schedule).length, 1);
        assertEq(clocks.classes(schedule)[0], class);
    }

    function test_setClock_soonest() public {
        vm.expectEmit(address(clocks));
        emit IClocks.ClockSet(TOWN, FUSE, 0, 4 hours, _earliest());
        _set(TOWN, 4 hours, 0);
        _set(TOWN, 5 hours, _earliest() + 100);
        // Not before the one set last.
        vm.expectEmit(address(clocks));
        emit IClocks.ClockSet(TOWN, FUSE, 2, 6 hours, _earliest() + 100);
        _set(TOWN, 6 hours, 0);
        assertEq(clocks.classes(TOWN).length, 1);
    }

    function test_setClock_onlyAdministration(address caller) public {
        _notAdmin(caller);
        clocks.setClock(TOWN, FUSE, 1, 0);
    }

    function test_setClock_InvalidName() public {
        vm.startPrank(ADMIN);
        vm.expectRevert(abi.encodeWithSelector(Name.InvalidName.selector, bytes32(0)));
        clocks.setClock(0, FUSE, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(Name.InvalidName.selector, bytes32("Fuse")));
        clocks.setClock(TOWN, "Fuse", 1, 0);
    }

    function test_setClock_WrongEffectiveFrom(uint40 effectiveFrom) public {
        if (effectiveFrom > START) effectiveFrom = uint40(bound(effectiveFrom, _latest() + 1, type(uint40).max));
        else effectiveFrom = uint40(bound(effectiveFrom, 1, START));
        _expectWrong(_earliest(), effectiveFrom);
        _set(TOWN, 1, effectiveFrom);
    }

    function test_setClock_WrongEffectiveFrom_beforeTheLast(uint40 last, uint40 effectiveFrom) public {
        last = uint40(bound(last, _earliest() + 1, _latest()));
        effectiveFrom = uint40(bound(effectiveFrom, _earliest(), last - 1));
        _set(TOWN, 1, last);
        _expectWrong(last, effectiveFrom);
        _set(TOWN, 2, effectiveFrom);
        // Another schedule is another matter, and the same time is not before: the later word counts.
        _set(RURAL, 2, effectiveFrom);
        _set(TOWN, 3, last);
        _assign(TOWN, 0);
        assertEq(clocks.clockAt(AREA, FUSE, last), 3);
    }

    /* SCHEDULES OF AREAS */

    function test_assign(uint256 seed, uint40 effectiveFrom) public {
        bytes32 area = _anyArea(seed);
        effectiveFrom = uint40(bound(effectiveFrom, _earliest(), _latest()));
        vm.expectEmit(address(clocks));
        emit IClocks.ScheduleAssigned(area, TOWN, 0, effectiveFrom);
        vm.prank(ADMIN);
        clocks.assign(area, TOWN, effectiveFrom);

        IClocks.Assignment[] memory all = clocks.assignments(area);
        assertEq(all.length, 1);
        assertEq(abi.encode(all[0]), abi.encode(IClocks.Assignment(TOWN, effectiveFrom, uint40(START))));
        assertEq(clocks.scheduleAt(area, effectiveFrom - 1), 0);
        assertEq(clocks.scheduleAt(area, effectiveFrom), TOWN);
    }

    function test_assign_none() public {
        _set(TOWN, 4 hours, 0);
        _assign(TOWN, 0);
        _assign(0, _earliest() + 10);
        assertEq(clocks.clockAt(AREA, FUSE, _earliest() + 9), 4 hours);
        assertEq(clocks.clockAt(AREA, FUSE, _earliest() + 10), 0);
        assertEq(clocks.scheduleAt(AREA, _earliest() + 10), 0);
    }

    function test_assign_onlyAdministration(address caller) public {
        _notAdmin(caller);
        clocks.assign(AREA, TOWN, 0);
    }

    function test_assign_invalidNames() public {
        vm.startPrank(ADMIN);
        vm.expectRevert(abi.encodeWithSelector(AreaId.InvalidArea.selector, bytes32(0)));
        clocks.assign(0, TOWN, 0);
        vm.expectRevert(abi.encodeWithSelector(Name.InvalidName.selector, bytes32("a_b")));
        clocks.assign(AREA, "a_b", 0);
    }

    function test_assign_WrongEffectiveFrom(uint40 effectiveFrom) public {
        effectiveFrom = uint40(bound(effectiveFrom, 1, START));
        _expectWrong(_earliest(), effectiveFrom);
        _assign(TOWN, effectiveFrom);
    }

    /* VIEWS */

    function test_clockAt_zeroWhereThereIsNone(uint40 time) public {
        assertEq(clocks.clockAt(AREA, FUSE, time), 0);
        _assign(TOWN, 0);
        assertEq(clocks.clockAt(AREA, FUSE, time), 0);
        _set(RURAL, 1, 0);
        assertEq(clocks.clockAt(AREA, FUSE, time), 0);
    }

    /// @dev Against a search from the end, with changes of both kinds, some at one time.
    function test_clockAt(uint8[7] memory gaps, bool[7] memory moves, uint16 time) public {
        uint40[2] memory from = [_earliest(), _earliest()];
        _set(RURAL, 1000, 0);
        _set(TOWN, 2000, 0);
        _assign(RURAL, 0);
        for (uint32 i; i < gaps.length; ++i) {
            if (moves[i]) {
                from[0] += gaps[i] / 16;
                _assign(gaps[i] % 2 == 0 ? TOWN : RURAL, from[0]);
            } else {
                from[1] += gaps[i] / 16;
                _set(TOWN, 2001 + i, from[1]);
            }
        }
        uint40 at = uint40(START) + time % 130;

        bytes32 schedule;
        IClocks.Assignment[] memory assignments = clocks.assignments(AREA);
        for (uint256 i; i < assignments.length; ++i) {
            if (assignments[i].effectiveFrom <= at) schedule = assignments[i].schedule;
        }
        uint32 want;
        IClocks.Clock[] memory all = clocks.clocks(schedule, FUSE);
        for (uint256 i; i < all.length; ++i) {
            if (all[i].effectiveFrom <= at) want = all[i].duration;
        }
        assertEq(clocks.scheduleAt(AREA, at), schedule);
        assertEq(clocks.clockAt(AREA, FUSE, at), want);
    }

    /// @dev Whatever is set, what held up to now holds.
    function test_clockAt_thePastStays(uint32 duration, uint40 effectiveFrom, uint16 back) public {
        _set(TOWN, 4 hours, 0);
        _assign(TOWN, 0);
        vm.warp(START + 1000);
        uint40 time = uint40(START) + 1000 - back % 1100;
        uint32 before = clocks.clockAt(AREA, FUSE, time);
        effectiveFrom = uint40(bound(effectiveFrom, _earliest(), _latest()));
        _set(TOWN, duration, effectiveFrom);
        _assign(RURAL, effectiveFrom);
        assertEq(clocks.clockAt(AREA, FUSE, time), before);
    }

    function _set(bytes32 schedule, uint32 duration, uint40 effectiveFrom) private {
        vm.prank(ADMIN);
        clocks.setClock(schedule, FUSE, duration, effectiveFrom);
    }

    function _assign(bytes32 schedule, uint40 effectiveFrom) private {
        vm.prank(ADMIN);
        clocks.assign(AREA, schedule, effectiveFrom);
    }

    function _expectWrong(uint40 earliest, uint40 given) private {
        vm.expectRevert(abi.encodeWithSelector(IClocks.WrongEffectiveFrom.selector, earliest, _latest(), given));
    }

    function _earliest() private view returns (uint40) {
        return uint40(vm.getBlockTimestamp()) + 1;
    }

    function _latest() private view returns (uint40) {
        return _earliest() + clocks.MAX_LEAD();
    }
}
