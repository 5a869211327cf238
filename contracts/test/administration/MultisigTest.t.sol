// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Safe} from "@safe-global/safe-smart-account/Safe.sol";

import {Clocks} from "../../src/Clocks.sol";
import {Officials} from "../../src/Officials.sol";
import {BaseTest} from "../BaseTest.sol";
import {Safes} from "../Wallets.sol";

/// @dev A Safe as the administrator, as in production.
contract MultisigTest is BaseTest, Safes {
    bytes32 private constant AREA = "palwal-3";
    uint64 private constant PERSONNEL = 1;

    Safe private safe;
    Officials private officials;
    Clocks private clocks;
    address private immutable WALLET = makeAddr("wallet");

    function setUp() public override {
        vm.warp(START);
        safe = _newSafe();
        manager = new AccessManager(address(safe));
        officials = new Officials(address(manager));
        clocks = new Clocks(address(manager));
    }

    function test_itGrants() public {
        bytes memory grant = abi.encodeCall(officials.grant, (AREA, WALLET, 1, 0, type(uint40).max));
        assertTrue(_execute(safe, _two(), address(officials), grant));
        assertEq(officials.levelOf(AREA, WALLET), 1);
        bytes memory revoke = abi.encodeCall(officials.revoke, (AREA, WALLET, 0));
        assertTrue(_execute(safe, _two(), address(officials), revoke));
        assertEq(officials.levelOf(AREA, WALLET), 0);
    }

    function test_itSetsClocks() public {
        bytes memory set = abi.encodeCall(clocks.setClock, ("town", "fuse", 4 hours, 0));
        assertTrue(_execute(safe, _two(), address(clocks), set));
        assertEq(clocks.clocks("town", "fuse").length, 1);
    }

    function test_oneOwnerIsNotEnough(uint256 which) public {
        bytes memory grant = abi.encodeCall(officials.grant, (AREA, WALLET, 1, 0, type(uint40).max));
        uint256[] memory one = new uint256[](1);
        one[0] = OWNER_KEYS[which % 3];
        vm.expectRevert("GS020");
        this.execute(one, address(officials), grant);

        address owner = vm.addr(one[0]);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, owner));
        vm.prank(owner);
        officials.grant(AREA, WALLET, 1, 0, type(uint40).max);
    }

    /// @dev Part of the administration handed on, with a delay in which the Safe can stop it.
    function test_itHandsOnAPart() public {
        address office = makeAddr("personnel office");
        bytes4[] memory grants = new bytes4[](1);
        grants[0] = officials.grant.selector;
        bytes memory role = abi.encodeCall(manager.setTargetFunctionRole, (address(officials), grants, PERSONNEL));
        assertTrue(_execute(safe, _two(), address(manager), role));
        bytes memory member = abi.encodeCall(manager.grantRole, (PERSONNEL, office, 1 days));
        assertTrue(_execute(safe, _two(), address(manager), member));

        bytes memory grant = abi.encodeCall(officials.grant, (AREA, WALLET, 1, 0, type(uint40).max));
        vm.startPrank(office);
        vm.expectRevert();
        manager.execute(address(officials), grant);
        manager.schedule(address(officials), grant, 0);
        vm.warp(START + 1 days);
        manager.execute(address(officials), grant);
        assertEq(officials.levelOf(AREA, WALLET), 1);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, office));
        officials.revoke(AREA, WALLET, 0);
    }

    /// @dev External, so that a revert can be expected of it.
    function execute(uint256[] memory keys, address to, bytes memory data) external returns (bool) {
        return _execute(safe, keys, to, data);
    }
}
