// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Testimonies} from "../../src/Testimonies.sol";
import {ITestimonies} from "../../src/interfaces/ITestimonies.sol";
import {AnchorsTest} from "../BaseTest.sol";

contract TestimoniesTest is AnchorsTest {
    Testimonies private testimonies;
    bytes32 private area;
    bytes32 private other;

    function setUp() public override {
        super.setUp();
        testimonies = new Testimonies(address(anchors));
        _join(0, 0, 2);
        (area, other) = (_area(0), _area(1));
    }

    function test_testify(bytes32 digest, address by, uint40 at) public {
        vm.assume(digest != 0);
        at = uint40(bound(at, START, type(uint40).max - 1 hours));
        vm.warp(at);
        vm.expectEmit(address(testimonies));
        emit ITestimonies.Testified(area, digest, by, at);
        vm.prank(by);
        testimonies.testify(area, digest);
        assertEq(testimonies.testifiedAt(area, digest), at);
        assertEq(testimonies.testifiedAt(other, digest), 0);
        assertEq(testimonies.lastBy(area, by), at);
    }

    function test_gas_testify() public {
        testimonies.testify(area, keccak256("block"));
        vm.snapshotGasLastCall("Testimonies", "testify, first of an account");
        vm.warp(START + 300);
        testimonies.testify(area, keccak256("another block"));
        vm.snapshotGasLastCall("Testimonies", "testify");
    }

    function test_testify_UnknownArea(uint256 seed) public {
        bytes32 unknown = _anyArea(seed);
        vm.assume(unknown != area && unknown != other);
        vm.expectRevert(abi.encodeWithSelector(ITestimonies.UnknownArea.selector, unknown));
        testimonies.testify(unknown, "digest");
    }

    function test_testify_InvalidDigest() public {
        vm.expectRevert(ITestimonies.InvalidDigest.selector);
        testimonies.testify(area, 0);
    }

    /// @dev Whoever comes first has done it for all; for another area it is another matter.
    function test_testify_AlreadyTestified(bytes32 digest, address first, address second) public {
        vm.assume(digest != 0 && first != second);
        vm.prank(first);
        testimonies.testify(area, digest);
        vm.warp(START + 1000);
        vm.expectRevert(abi.encodeWithSelector(ITestimonies.AlreadyTestified.selector, area, digest, uint40(START)));
        vm.prank(second);
        testimonies.testify(area, digest);
        vm.prank(second);
        testimonies.testify(other, digest);
    }

    function test_testify_TooSoon(uint40 wait, address by) public {
        wait = uint40(bound(wait, 0, 10 minutes));
        vm.prank(by);
        testimonies.testify(area, "first");
        vm.warp(START + wait);
        if (wait < testimonies.INTERVAL()) {
            vm.expectRevert(abi.encodeWithSelector(ITestimonies.TooSoon.selector, area, by, uint40(START) + 5 minutes));
        }
        vm.prank(by);
        testimonies.testify(area, "second");
    }

    /// @dev One account's haste is no other's, and no other area's.
    function test_testify_manyAtOnce(uint8 count) public {
        for (uint160 i = 1; i <= count % 30; ++i) {
            vm.startPrank(address(i));
            testimonies.testify(area, bytes32(uint256(i)));
            testimonies.testify(other, bytes32(uint256(i)));
            vm.stopPrank();
        }
    }
}
