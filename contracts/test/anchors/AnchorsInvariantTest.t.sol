// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CommonBase} from "forge-std/Base.sol";
import {StdUtils} from "forge-std/StdUtils.sol";

import {Anchors} from "../../src/Anchors.sol";
import {IAnchors} from "../../src/interfaces/IAnchors.sol";
import {AnchorsTest} from "../BaseTest.sol";

/// @dev Does at random what administrators and relayers may do and what they may not, and keeps its own account of what
/// must have come of it.
contract AnchorsHandler is CommonBase, StdUtils {
    uint256 private constant ENTRY = 68;
    uint32 private constant MAX_LANES = 3;

    struct Said {
        bytes32 area;
        uint64 number;
        IAnchors.Batch batch;
    }

    struct Written {
        uint32 lane;
        address page;
        bytes32 hash;
        uint40 periodStart;
        uint40 periodEnd;
    }

    Anchors private immutable ANCHORS;
    address private immutable ADMIN;
    address private immutable RELAYER;

    uint32 public lanes = 1;
    uint256 public joined;
    uint256 public refusals;
    mapping(uint32 lane => bytes32[]) public areas;
    mapping(uint32 lane => uint40) public periodEnd;
    mapping(uint32 lane => bytes32[]) public hashes;
    Said[] private _said;
    Written[] private _written;

    constructor(Anchors anchors, address admin, address relayer) {
        (ANCHORS, ADMIN, RELAYER) = (anchors, admin, relayer);
        periodEnd[0] = uint40(block.timestamp);
    }

    /* WHAT MUST SUCCEED */

    function openLane() external {
        if (lanes == MAX_LANES) return;
        (uint256 x, uint256 y) = vm.publicKeyP256(1);
        vm.startPrank(ADMIN);
        require(ANCHORS.openLane() == lanes);
        ANCHORS.grantRelayer(lanes, RELAYER, bytes32(x), bytes32(y));
        vm.stopPrank();
        periodEnd[lanes++] = uint40(block.timestamp);
    }

    function joinLane(uint32 lane) external {
        lane %= lanes;
        if (areas[lane].length == 6) return;
        bytes32 area = bytes32(abi.encodePacked("area-", vm.toString(joined++)));
        vm.prank(ADMIN);
        ANCHORS.joinLane(lane, area);
        areas[lane].push(area);
    }

    function anchor(uint32 lane, uint16 seconds_, uint16 behind, uint256 seed) external {
        lane %= lanes;
        vm.warp(vm.getBlockTimestamp() + 1 + seconds_);
        uint40 end = uint40(
            bound(
                vm.getBlockTimestamp() - behind % (1 + uint256(seconds_)), periodEnd[lane] + 1, vm.getBlockTimestamp()
            )
        );
        uint64 number = uint64(hashes[lane].length);
        bytes memory entries;
        for (uint256 i; i < areas[lane].length; ++i) {
            IAnchors.Batch memory b;
            if ((seed >> i) & 1 == 0) {
                b.root = keccak256(abi.encode(seed, i, "root"));
                b.digest = keccak256(abi.encode(seed, i, "digest"));
                b.count = 1 | uint32(seed >> 128);
            }
            entries = abi.encodePacked(entries, b.root, b.digest, b.count);
            (b.periodStart, b.periodEnd, b.anchoredAt) = (periodEnd[lane], end, uint40(vm.getBlockTimestamp()));
            _said.push(Said(areas[lane][i], number, b));
        }

        vm.prank(RELAYER);
        address page = ANCHORS.anchor(lane, number, _previous(lane), end, entries);
        _written.push(Written(lane, page, page.codehash, periodEnd[lane], end));
        hashes[lane].push(page.codehash);
        periodEnd[lane] = end;
    }

    /* WHAT MUST BE REFUSED */

    function anchorAnotherNumber(uint32 lane, uint64 number) external {
        lane %= lanes;
        vm.warp(vm.getBlockTimestamp() + 1);
        if (number == hashes[lane].length) ++number;
        _refused(
            lane,
            number,
            _previous(lane),
            uint40(vm.getBlockTimestamp()),
            areas[lane].length,
            IAnchors.WrongNumber.selector
        );
    }

    function anchorOnAnotherPage(uint32 lane, uint256 page, bytes32 previous) external {
        lane %= lanes;
        vm.warp(vm.getBlockTimestamp() + 1);
        uint64 number = uint64(hashes[lane].length);
        // Often an older page of the lane's own.
        if (number != 0 && page % 3 != 0) previous = hashes[lane][page % number];
        if (previous == _previous(lane)) previous = ~previous;
        _refused(
            lane, number, previous, uint40(vm.getBlockTimestamp()), areas[lane].length, IAnchors.WrongPrevious.selector
        );
    }

    function anchorAnotherPeriod(uint32 lane, uint40 end, bool future) external {
        lane %= lanes;
        end = future
            ? uint40(bound(end, vm.getBlockTimestamp() + 1, type(uint40).max))
            : uint40(bound(end, 0, periodEnd[lane]));
        _refused(
            lane, uint64(hashes[lane].length), _previous(lane), end, areas[lane].length, IAnchors.WrongPeriod.selector
        );
    }

    function anchorAnotherLength(uint32 lane, uint8 count) external {
        lane %= lanes;
        vm.warp(vm.getBlockTimestamp() + 1);
        uint256 length = areas[lane].length;
        _refused(
            lane,
            uint64(hashes[lane].length),
            _previous(lane),
            uint40(vm.getBlockTimestamp()),
            count == length ? length + 1 : count,
            IAnchors.WrongLength.selector
        );
    }

    /* ACCOUNTS */

    function said() external view returns (Said[] memory) {
        return _said;
    }

    function written() external view returns (Written[] memory) {
        return _written;
    }

    function pages(uint32 lane) external view returns (uint256) {
        return hashes[lane].length;
    }

    function areaCount(uint32 lane) external view returns (uint256) {
        return areas[lane].length;
    }

    function _previous(uint32 lane) private view returns (bytes32) {
        uint256 number = hashes[lane].length;
        return number == 0 ? bytes32(0) : hashes[lane][number - 1];
    }

    function _refused(uint32 lane, uint64 number, bytes32 previous, uint40 end, uint256 count, bytes4 error) private {
        vm.prank(RELAYER);
        try ANCHORS.anchor(lane, number, previous, end, new bytes(count * ENTRY)) {
            revert("anchored what must be refused");
        } catch (bytes memory reason) {
            require(bytes4(reason) == error, "refused for another reason");
        }
        ++refusals;
    }
}

contract AnchorsInvariantTest is AnchorsTest {
    AnchorsHandler private handler;

    function setUp() public override {
        super.setUp();
        handler = new AnchorsHandler(anchors, ADMIN, RELAYER);
        targetContract(address(handler));
        bytes4[] memory selectors = new bytes4[](8);
        selectors[0] = AnchorsHandler.openLane.selector;
        selectors[1] = AnchorsHandler.joinLane.selector;
        // Twice, so that lanes grow long enough to go wrong.
        selectors[2] = AnchorsHandler.anchor.selector;
        selectors[3] = AnchorsHandler.anchor.selector;
        selectors[4] = AnchorsHandler.anchorAnotherNumber.selector;
        selectors[5] = AnchorsHandler.anchorOnAnotherPage.selector;
        selectors[6] = AnchorsHandler.anchorAnotherPeriod.selector;
        selectors[7] = AnchorsHandler.anchorAnotherLength.selector;
        targetSelector(FuzzSelector({addr: address(handler), selectors: selectors}));
    }

    /// @dev Every batch reads as it was anchored, whatever happened since.
    function invariant_batchesReadAsTheyWereAnchored() public view {
        AnchorsHandler.Said[] memory said = handler.said();
        for (uint256 i; i < said.length; ++i) {
            _assertEq(anchors.batch(said[i].area, said[i].number), said[i].batch);
        }
    }

    /// @dev Pages stay where and what they were, and there are no others.
    function invariant_pagesAreAppendOnly() public view {
        AnchorsHandler.Written[] memory written = handler.written();
        uint64[3] memory next;
        for (uint256 i; i < written.length; ++i) {
            uint64 number = next[written[i].lane]++;
            assertEq(anchors.page(written[i].lane, number), written[i].page);
            assertEq(anchors.pageHash(written[i].lane, number), written[i].hash);
            assertEq(written[i].page.codehash, written[i].hash);
        }
        for (uint32 lane; lane < handler.lanes(); ++lane) {
            assertEq(anchors.lane(lane).pages, next[lane]);
            assertEq(anchors.page(lane, next[lane]), address(0));
        }
    }

    /// @dev Each page's period starts where the one before ended, and ends not after its block.
    function invariant_periodsAreContiguous() public view {
        for (uint32 lane; lane < handler.lanes(); ++lane) {
            uint64 pages = anchors.lane(lane).pages;
            for (uint64 number; number < pages; ++number) {
                IAnchors.Page memory page = anchors.pageContent(lane, number);
                assertLt(page.periodStart, page.periodEnd);
                assertLe(page.periodEnd, page.anchoredAt);
                if (number != 0) assertEq(page.periodStart, anchors.pageContent(lane, number - 1).periodEnd);
                if (number == pages - 1) assertEq(page.periodEnd, anchors.lane(lane).periodEnd);
            }
        }
    }

    /// @dev Areas stay in the place they were given, and have batches from then on.
    function invariant_areasStay() public view {
        assertEq(anchors.laneCount(), handler.lanes());
        for (uint32 lane; lane < handler.lanes(); ++lane) {
            bytes32[] memory areas = anchors.areas(lane);
            assertEq(areas.length, handler.areaCount(lane));
            assertEq(areas.length, anchors.lane(lane).areas);
            for (uint32 i; i < areas.length; ++i) {
                assertEq(areas[i], handler.areas(lane, i));
                IAnchors.Place memory place = anchors.place(areas[i]);
                assertEq(place.lane, lane);
                assertEq(place.index, i);
                assertLe(place.since, handler.pages(lane));
            }
        }
    }
}
