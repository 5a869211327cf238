// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAnchors} from "../../src/interfaces/IAnchors.sol";
import {AnchorsTest} from "../BaseTest.sol";

/// @dev grantRelayer, revokeRelayer and what reads them.
contract RelayersTest is AnchorsTest {
    function test_grantRelayer(address relayer, uint64 key) public {
        vm.assume(relayer != RELAYER);
        (bytes32 x, bytes32 y) = _key(key);
        vm.expectEmit(address(anchors));
        emit IAnchors.RelayerGranted(0, relayer, x, y);
        vm.prank(ADMIN);
        anchors.grantRelayer(0, relayer, x, y);

        assertTrue(anchors.isRelayer(0, relayer));
        assertFalse(anchors.isRelayer(1, relayer));
        (bytes32 gotX, bytes32 gotY) = anchors.receiptKey(0, relayer);
        assertEq(gotX, x);
        assertEq(gotY, y);
    }

    function test_grantRelayer_onlyAdministration(address caller) public {
        (bytes32 x, bytes32 y) = _key(1);
        _notAdmin(caller);
        anchors.grantRelayer(0, caller, x, y);
    }

    function test_grantRelayer_NoLane(uint32 lane) public {
        vm.assume(lane != 0);
        (bytes32 x, bytes32 y) = _key(1);
        vm.expectRevert(abi.encodeWithSelector(IAnchors.NoLane.selector, lane));
        vm.prank(ADMIN);
        anchors.grantRelayer(lane, RELAYER, x, y);
    }

    function test_grantRelayer_InvalidReceiptKey(address relayer, uint64 key, uint8 bit) public {
        _invalidKey(relayer, 0, 0);
        (bytes32 x, bytes32 y) = _key(key);
        // A point has two neighbours at most at the same x: none differs in one bit.
        _invalidKey(relayer, x, y ^ bytes32(uint256(1) << bit));
        _invalidKey(relayer, x, 0);
    }

    function test_grantRelayer_AlreadyRelayer() public {
        (bytes32 x, bytes32 y) = _key(0);
        vm.expectRevert(abi.encodeWithSelector(IAnchors.AlreadyRelayer.selector, 0, RELAYER));
        vm.prank(ADMIN);
        anchors.grantRelayer(0, RELAYER, x, y);
    }

    function test_revokeRelayer_keepsTheKey() public {
        vm.expectEmit(address(anchors));
        emit IAnchors.RelayerRevoked(0, RELAYER);
        vm.prank(ADMIN);
        anchors.revokeRelayer(0, RELAYER);

        assertFalse(anchors.isRelayer(0, RELAYER));
        (bytes32 x, bytes32 y) = anchors.receiptKey(0, RELAYER);
        (bytes32 wantX, bytes32 wantY) = _key(0);
        assertEq(x, wantX);
        assertEq(y, wantY);
        vm.expectRevert(abi.encodeWithSelector(IAnchors.NotRelayer.selector, 0, RELAYER));
        vm.prank(RELAYER);
        anchors.anchor(0, 0, 0, uint40(START), "");
    }

    function test_revokeRelayer_canBeGrantedAgainWithTheSameKeyOnly(uint64 key) public {
        vm.assume(key != 0);
        vm.startPrank(ADMIN);
        anchors.revokeRelayer(0, RELAYER);
        (bytes32 x, bytes32 y) = _key(key);
        vm.expectRevert(abi.encodeWithSelector(IAnchors.ReceiptKeyFixed.selector, 0, RELAYER));
        anchors.grantRelayer(0, RELAYER, x, y);

        (x, y) = _key(0);
        anchors.grantRelayer(0, RELAYER, x, y);
        assertTrue(anchors.isRelayer(0, RELAYER));

        // Another lane is another matter.
        anchors.openLane();
        (x, y) = _key(key);
        anchors.grantRelayer(1, RELAYER, x, y);
    }

    function test_revokeRelayer_onlyAdministration(address caller) public {
        _notAdmin(caller);
        anchors.revokeRelayer(0, RELAYER);
    }

    function test_revokeRelayer_NotRelayer(uint32 lane, address account) public {
        vm.assume(lane != 0 || account != RELAYER);
        vm.expectRevert(abi.encodeWithSelector(IAnchors.NotRelayer.selector, lane, account));
        vm.prank(ADMIN);
        anchors.revokeRelayer(lane, account);
    }

    function _invalidKey(address relayer, bytes32 x, bytes32 y) private {
        vm.expectRevert(abi.encodeWithSelector(IAnchors.InvalidReceiptKey.selector, x, y));
        vm.prank(ADMIN);
        anchors.grantRelayer(0, relayer, x, y);
    }
}
