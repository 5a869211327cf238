// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAnchors} from "../../src/interfaces/IAnchors.sol";
import {AnchorsTest} from "../BaseTest.sol";

/// @dev anchor and what reads it.
contract AnchorTest is AnchorsTest {
    uint32 private constant AREAS = 5;

    function setUp() public override {
        super.setUp();
        _join(0, 0, AREAS);
        vm.warp(START + 100);
    }

    function test_anchor(uint256 seed, uint40 periodEnd, uint40 later) public {
        periodEnd = uint40(bound(periodEnd, START + 1, type(uint40).max));
        later = uint40(bound(later, periodEnd, type(uint40).max));
        bytes memory entries = _entries(AREAS, seed);
        vm.warp(later);

        uint256 nonce = vm.getNonce(address(anchors));
        address expected = vm.computeCreateAddress(address(anchors), nonce);
        bytes memory code = abi.encodePacked(hex"00", later, uint40(START), periodEnd, entries);
        vm.expectEmit(address(anchors));
        emit IAnchors.Anchored(0, 0, expected, keccak256(code), uint40(START), periodEnd, entries);
        address page = _anchorNext(0, periodEnd, entries);

        assertEq(page, expected);
        assertEq(page.code, code);
        assertEq(anchors.page(0, 0), page);
        assertEq(anchors.pageHash(0, 0), keccak256(code));
        IAnchors.Page memory content = anchors.pageContent(0, 0);
        assertEq(
            abi.encode(content), abi.encode(IAnchors.Page(keccak256(code), later, uint40(START), periodEnd, entries))
        );
        IAnchors.Lane memory lane = anchors.lane(0);
        assertEq(lane.areas, AREAS);
        assertEq(lane.pages, 1);
        assertEq(lane.periodEnd, periodEnd);
        assertTrue(lane.open);
        for (uint256 i; i < AREAS; ++i) {
            _assertEq(anchors.batch(_area(i), 0), _batch(entries, i, uint40(START), periodEnd, later));
        }
    }

    function test_anchor_pagesCannotBeRun(uint256 seed, bytes calldata data) public {
        address page = _anchorNext(0, uint40(START + 1), _entries(AREAS, seed));
        (bool ok, bytes memory answer) = page.call(data);
        assertTrue(ok);
        assertEq(answer.length, 0);
        assertGt(page.code.length, 0);
    }

    function test_anchor_NotRelayer(uint32 lane, address caller) public {
        vm.assume(lane != 0 || caller != RELAYER);
        vm.expectRevert(abi.encodeWithSelector(IAnchors.NotRelayer.selector, lane, caller));
        vm.prank(caller);
        anchors.anchor(lane, 0, 0, uint40(START + 1), _entries(AREAS, 0));
    }

    function test_anchor_onlyInTheLaneGranted() public {
        vm.startPrank(ADMIN);
        anchors.openLane();
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IAnchors.NotRelayer.selector, 1, RELAYER));
        vm.prank(RELAYER);
        anchors.anchor(1, 0, 0, uint40(START + 101), "");
    }

    function test_anchor_WrongNumber(uint64 number) public {
        vm.assume(number != 1);
        _anchorNext(0, uint40(START + 1), _entries(AREAS, 0));
        bytes32 previous = anchors.pageHash(0, 0);
        vm.expectRevert(abi.encodeWithSelector(IAnchors.WrongNumber.selector, 1, number));
        vm.prank(RELAYER);
        anchors.anchor(0, number, previous, uint40(START + 2), _entries(AREAS, 0));
    }

    function test_anchor_WrongPrevious(bytes32 previous) public {
        vm.assume(previous != 0);
        vm.expectRevert(abi.encodeWithSelector(IAnchors.WrongPrevious.selector, bytes32(0), previous));
        vm.prank(RELAYER);
        anchors.anchor(0, 0, previous, uint40(START + 1), _entries(AREAS, 0));

        _anchorNext(0, uint40(START + 1), _entries(AREAS, 0));
        bytes32 expected = anchors.pageHash(0, 0);
        vm.assume(previous != expected);
        vm.expectRevert(abi.encodeWithSelector(IAnchors.WrongPrevious.selector, expected, previous));
        vm.prank(RELAYER);
        anchors.anchor(0, 1, previous, uint40(START + 2), _entries(AREAS, 0));
    }

    function test_anchor_WrongPeriod_notAfterItsStart(uint40 periodEnd) public {
        periodEnd = uint40(bound(periodEnd, 0, START));
        _wrongPeriod(periodEnd);
        _wrongPeriod(uint40(START));
    }

    function test_anchor_WrongPeriod_inTheFuture(uint40 periodEnd) public {
        periodEnd = uint40(bound(periodEnd, START + 101, type(uint40).max));
        _wrongPeriod(periodEnd);
        _wrongPeriod(uint40(START + 101));
    }

    function test_anchor_periodsAreContiguous(uint40 first, uint40 second) public {
        first = uint40(bound(first, START + 1, START + 99));
        second = uint40(bound(second, first + 1, START + 100));
        _anchorNext(0, first, _entries(AREAS, 1));
        _anchorNext(0, second, _entries(AREAS, 2));
        assertEq(anchors.batch(_area(0), 0).periodStart, START);
        assertEq(anchors.batch(_area(0), 0).periodEnd, first);
        assertEq(anchors.batch(_area(0), 1).periodStart, first);
        assertEq(anchors.batch(_area(0), 1).periodEnd, second);
    }

    function test_anchor_WrongLength(uint16 length) public {
        length = uint16(bound(length, 0, 1_000));
        vm.assume(length != AREAS * ENTRY);
        vm.expectRevert(abi.encodeWithSelector(IAnchors.WrongLength.selector, AREAS * ENTRY, length));
        vm.prank(RELAYER);
        anchors.anchor(0, 0, 0, uint40(START + 1), new bytes(length));
    }

    /// @dev Any entry but an empty or a complete one: each of the six ways in which fields can be missing.
    function test_anchor_InvalidEntry(uint256 seed, uint256 index, uint256 present) public {
        index = bound(index, 0, AREAS - 1);
        present = bound(present, 1, 6);
        bytes memory entries = _entries(AREAS, seed);
        bytes memory entry = _entry(seed);
        for (uint256 i; i < ENTRY; ++i) {
            uint256 field = i / 32;
            if ((present >> field) & 1 == 0) entry[i] = 0;
        }
        _put(entries, index, entry);
        vm.expectRevert(abi.encodeWithSelector(IAnchors.InvalidEntry.selector, index));
        vm.prank(RELAYER);
        anchors.anchor(0, 0, 0, uint40(START + 1), entries);
    }

    /// @dev A single bit anywhere in an entry does not make it complete.
    function test_anchor_InvalidEntry_oneBit(uint256 bit) public {
        bit = bound(bit, 0, AREAS * ENTRY * 8 - 1);
        bytes memory entries = new bytes(AREAS * ENTRY);
        entries[bit / 8] = bytes1(uint8(1 << (bit % 8)));
        vm.expectRevert(abi.encodeWithSelector(IAnchors.InvalidEntry.selector, bit / 8 / ENTRY));
        vm.prank(RELAYER);
        anchors.anchor(0, 0, 0, uint40(START + 1), entries);
    }

    /// @dev Too little gas for the page's code, yet enough to say so.
    function test_anchor_PageNotWritten() public {
        _join(0, AREAS, 100 - AREAS);
        bytes memory entries = _entries(100, 0);
        vm.prank(RELAYER);
        vm.expectRevert(IAnchors.PageNotWritten.selector);
        anchors.anchor{gas: 1_250_000}(0, 0, 0, uint40(START + 1), entries);
        assertEq(anchors.lane(0).pages, 0);
        assertEq(anchors.page(0, 0), address(0));
    }

    function test_batch_NoBatch(bytes32 area, uint64 number) public {
        vm.assume(number != 0 || !anchors.place(area).known);
        _anchorNext(0, uint40(START + 1), _entries(AREAS, 0));
        vm.expectRevert(abi.encodeWithSelector(IAnchors.NoBatch.selector, area, number));
        anchors.batch(area, number);
        vm.expectRevert(abi.encodeWithSelector(IAnchors.NoBatch.selector, area, number));
        anchors.uri(area, number);
        vm.expectRevert(abi.encodeWithSelector(IAnchors.NoBatch.selector, _area(0), 1));
        anchors.batch(_area(0), 1);
    }

    /// @dev An area that joins late has no batch in the pages before, and the others keep theirs.
    function test_batch_ofAnAreaThatJoinedLate(uint256 seed) public {
        bytes memory first = _entries(AREAS, seed);
        _anchorNext(0, uint40(START + 1), first);
        _join(0, AREAS, 1);
        vm.expectRevert(abi.encodeWithSelector(IAnchors.NoBatch.selector, _area(AREAS), 0));
        anchors.batch(_area(AREAS), 0);

        bytes memory second = _entries(AREAS + 1, seed ^ 1);
        _anchorNext(0, uint40(START + 2), second);
        uint40 time = uint40(START + 100);
        _assertEq(anchors.batch(_area(0), 0), _batch(first, 0, uint40(START), uint40(START + 1), time));
        _assertEq(anchors.batch(_area(AREAS), 1), _batch(second, AREAS, uint40(START + 1), uint40(START + 2), time));
        vm.expectRevert(abi.encodeWithSelector(IAnchors.NoBatch.selector, _area(AREAS), 0));
        anchors.batch(_area(AREAS), 0);
    }

    function test_uri() public {
        bytes memory entries = new bytes(AREAS * ENTRY);
        _put(entries, 2, abi.encodePacked(bytes32(uint256(1)), sha256("hello world\n"), uint32(1)));
        _anchorNext(0, uint40(START + 1), entries);
        assertEq(anchors.uri(_area(2), 0), "ipfs://bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4");
        vm.expectRevert(abi.encodeWithSelector(IAnchors.EmptyBatch.selector, _area(1), 0));
        anchors.uri(_area(1), 0);
    }

    /// @dev Also where the zero address holds something, and so has a hash.
    function test_page_isZeroWhereThereIsNone(uint32 lane, uint64 number) public {
        vm.deal(address(0), 1);
        assertEq(anchors.page(lane, number), address(0));
        assertEq(anchors.pageHash(lane, number), 0);
        vm.expectRevert(abi.encodeWithSelector(IAnchors.NoPage.selector, lane, number));
        anchors.pageContent(lane, number);
        _anchorNext(0, uint40(START + 1), _entries(AREAS, 0));
    }

    function _wrongPeriod(uint40 periodEnd) private {
        uint40 start = uint40(START);
        vm.expectRevert(abi.encodeWithSelector(IAnchors.WrongPeriod.selector, start, periodEnd, start + 100));
        vm.prank(RELAYER);
        anchors.anchor(0, 0, 0, periodEnd, _entries(AREAS, 0));
    }
}
