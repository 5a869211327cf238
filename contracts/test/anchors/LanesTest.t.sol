// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAnchors} from "../../src/interfaces/IAnchors.sol";
import {AreaId} from "../../src/libraries/AreaId.sol";
import {AnchorsTest} from "../BaseTest.sol";

/// @dev openLane, joinLane and what reads them.
contract LanesTest is AnchorsTest {
    function test_openLane(uint40 time) public {
        time = uint40(bound(time, START, type(uint40).max));
        vm.warp(time);
        vm.expectEmit(address(anchors));
        emit IAnchors.LaneOpened(1, time);
        vm.prank(ADMIN);
        assertEq(anchors.openLane(), 1);

        assertEq(anchors.laneCount(), 2);
        IAnchors.Lane memory lane = anchors.lane(1);
        assertEq(lane.areas, 0);
        assertEq(lane.pages, 0);
        assertEq(lane.periodEnd, time);
        assertTrue(lane.open);
    }

    function test_openLane_onlyAdministration(address caller) public {
        _notAdmin(caller);
        anchors.openLane();
    }

    function test_aRoleCanBeGivenOneFunction(address operator) public {
        // The manager itself answers for calls that it makes.
        vm.assume(operator != ADMIN && operator != address(0) && operator != address(manager));
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = IAnchors.openLane.selector;
        vm.startPrank(ADMIN);
        manager.grantRole(7, operator, 0);
        manager.setTargetFunctionRole(address(anchors), selectors, 7);
        vm.stopPrank();

        vm.prank(operator);
        anchors.openLane();
        _notAdmin(operator);
        anchors.joinLane(0, _area(0));
    }

    function test_lane_isZeroWhereThereIsNone(uint32 lane) public view {
        vm.assume(lane != 0);
        assertEq(abi.encode(anchors.lane(lane)), abi.encode(IAnchors.Lane(0, 0, 0, false)));
        assertEq(anchors.areas(lane).length, 0);
    }

    function test_joinLane(uint256 seed, uint8 pages) public {
        pages = pages % 4;
        _join(0, 0, 2);
        for (uint40 i; i < pages; ++i) {
            vm.warp(START + i + 1);
            _anchorNext(0, uint40(START) + i + 1, _entries(2, seed));
        }
        bytes32 area = _anyArea(seed);
        assertFalse(anchors.place(area).known);

        vm.expectEmit(address(anchors));
        emit IAnchors.AreaJoined(0, area, 2, pages);
        vm.prank(ADMIN);
        anchors.joinLane(0, area);

        IAnchors.Place memory place = anchors.place(area);
        assertEq(place.lane, 0);
        assertEq(place.index, 2);
        assertEq(place.since, pages);
        assertTrue(place.known);
        bytes32[] memory areas = anchors.areas(0);
        assertEq(areas.length, 3);
        assertEq(areas[0], _area(0));
        assertEq(areas[2], area);
        assertEq(anchors.lane(0).areas, 3);
        assertEq(anchors.lane(0).pages, pages);
    }

    function test_joinLane_onlyAdministration(address caller) public {
        _notAdmin(caller);
        anchors.joinLane(0, _area(0));
    }

    function test_joinLane_NoLane(uint32 lane) public {
        vm.assume(lane != 0);
        vm.expectRevert(abi.encodeWithSelector(IAnchors.NoLane.selector, lane));
        vm.prank(ADMIN);
        anchors.joinLane(lane, _area(0));
    }

    function test_joinLane_InvalidArea() public {
        vm.expectRevert(abi.encodeWithSelector(AreaId.InvalidArea.selector, bytes32("Ambala")));
        vm.prank(ADMIN);
        anchors.joinLane(0, "Ambala");
    }

    function test_joinLane_AlreadyJoined(uint256 seed, bool elsewhere) public {
        bytes32 area = _anyArea(seed);
        vm.startPrank(ADMIN);
        anchors.openLane();
        anchors.joinLane(1, area);
        vm.expectRevert(abi.encodeWithSelector(IAnchors.AlreadyJoined.selector, area, 1));
        anchors.joinLane(elsewhere ? 0 : 1, area);
    }

    /// @dev A full lane's page fits into a contract's code, and one more entry would not.
    function test_joinLane_LaneFull() public {
        uint32 maximum = anchors.MAX_AREAS();
        _join(0, 0, maximum);
        vm.expectRevert(abi.encodeWithSelector(IAnchors.LaneFull.selector, 0, maximum));
        vm.prank(ADMIN);
        anchors.joinLane(0, _area(maximum));

        vm.warp(START + 1);
        address page = _anchorNext(0, uint40(START + 1), _entries(maximum, 0));
        assertLe(page.code.length, 24_576);
        assertGt(page.code.length + ENTRY, 24_576);
        assertEq(anchors.batch(_area(maximum - 1), 0).periodEnd, START + 1);
    }
}
