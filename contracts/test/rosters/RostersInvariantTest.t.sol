// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CommonBase} from "forge-std/Base.sol";
import {StdUtils} from "forge-std/StdUtils.sol";

import {Rosters} from "../../src/Rosters.sol";
import {IRosters} from "../../src/interfaces/IRosters.sol";
import {BaseTest} from "../BaseTest.sol";

/// @dev Publishes at random, well and badly, and keeps its own account; remembers what was in force when it was asked.
contract RostersHandler is CommonBase, StdUtils {
    uint40 private constant DELAY = 100;

    struct Answer {
        bytes32 area;
        uint40 time;
        uint64 version;
    }

    Rosters private immutable ROSTERS;
    address private immutable REGISTRAR;

    bytes32[2] public areas = [bytes32("ambala-1"), "hisar"];
    mapping(bytes32 area => IRosters.Roster[]) private _published;
    Answer[] private _answers;

    constructor(Rosters rosters, address registrar) {
        (ROSTERS, REGISTRAR) = (rosters, registrar);
    }

    function publish(uint256 which, uint16 ahead, uint32 devices, uint16 seconds_) external {
        vm.warp(vm.getBlockTimestamp() + seconds_ % 300);
        bytes32 area = areas[which % 2];
        uint40 effectiveFrom = _earliest(area) + ahead % 300;
        IRosters.Roster memory r = IRosters.Roster({
            digest: keccak256(abi.encode(area, devices)),
            root: keccak256(abi.encode(devices)),
            devices: devices,
            effectiveFrom: effectiveFrom,
            publishedAt: uint40(vm.getBlockTimestamp())
        });
        uint64 version = uint64(_published[area].length) + 1;
        vm.prank(REGISTRAR);
        ROSTERS.publish(area, version, r.digest, r.root, devices, effectiveFrom);
        _published[area].push(r);
    }

    function publishAnotherVersion(uint256 which, uint64 version) external {
        bytes32 area = areas[which % 2];
        if (version == _published[area].length + 1) ++version;
        _refused(area, version, _earliest(area), IRosters.WrongVersion.selector);
    }

    function publishTooEarly(uint256 which, uint40 effectiveFrom) external {
        bytes32 area = areas[which % 2];
        effectiveFrom = uint40(bound(effectiveFrom, 0, _earliest(area) - 1));
        _refused(area, uint64(_published[area].length) + 1, effectiveFrom, IRosters.WrongEffectiveFrom.selector);
    }

    /// @dev Asks for a time whose answer is final: at most the block's.
    function ask(uint256 which, uint16 back) external {
        uint40 time = uint40(vm.getBlockTimestamp()) - back % 1_000;
        (uint64 version,) = ROSTERS.inForce(areas[which % 2], time);
        _answers.push(Answer(areas[which % 2], time, version));
    }

    function published(bytes32 area) external view returns (IRosters.Roster[] memory) {
        return _published[area];
    }

    function answers() external view returns (Answer[] memory) {
        return _answers;
    }

    function _earliest(bytes32 area) private view returns (uint40 earliest) {
        earliest = uint40(vm.getBlockTimestamp()) + DELAY;
        uint256 count = _published[area].length;
        if (count != 0 && _published[area][count - 1].effectiveFrom > earliest) {
            earliest = _published[area][count - 1].effectiveFrom;
        }
    }

    function _refused(bytes32 area, uint64 version, uint40 effectiveFrom, bytes4 error) private {
        vm.prank(REGISTRAR);
        try ROSTERS.publish(area, version, "digest", "root", 1, effectiveFrom) {
            revert("published what must be refused");
        } catch (bytes memory reason) {
            require(bytes4(reason) == error, "refused for another reason");
        }
    }
}

contract RostersInvariantTest is BaseTest {
    Rosters private rosters;
    RostersHandler private handler;

    function setUp() public override {
        super.setUp();
        rosters = new Rosters(address(manager), 100);
        vm.prank(ADMIN);
        rosters.grantRegistrar(REGISTRAR, 0);
        handler = new RostersHandler(rosters, REGISTRAR);
        targetContract(address(handler));
    }

    /// @dev Versions stay what they were, there are no others, and their times never go back.
    function invariant_versionsAreAppendOnlyAndMonotone() public view {
        for (uint256 a; a < 2; ++a) {
            bytes32 area = handler.areas(a);
            IRosters.Roster[] memory published = handler.published(area);
            assertEq(rosters.versions(area), published.length);
            for (uint64 i; i < published.length; ++i) {
                assertEq(abi.encode(rosters.roster(area, i + 1)), abi.encode(published[i]));
                assertGe(published[i].effectiveFrom, published[i].publishedAt + 100);
                if (i != 0) assertGe(published[i].effectiveFrom, published[i - 1].effectiveFrom);
            }
        }
    }

    /// @dev Around each version's time, the one in force is the last that had come into force.
    function invariant_inForceIsTheLastInForce() public view {
        for (uint256 a; a < 2; ++a) {
            bytes32 area = handler.areas(a);
            IRosters.Roster[] memory published = handler.published(area);
            for (uint256 i; i < published.length; ++i) {
                for (uint40 offset; offset < 3; ++offset) {
                    uint40 time = published[i].effectiveFrom + offset - 1;
                    uint64 want = uint64(published.length);
                    while (want != 0 && published[want - 1].effectiveFrom > time) --want;
                    (uint64 version,) = rosters.inForce(area, time);
                    assertEq(version, want);
                }
            }
        }
    }

    /// @dev What was in force at a past time never changes.
    function invariant_thePastStays() public view {
        RostersHandler.Answer[] memory answers = handler.answers();
        for (uint256 i; i < answers.length; ++i) {
            (uint64 version,) = rosters.inForce(answers[i].area, answers[i].time);
            assertEq(version, answers[i].version);
        }
    }
}
