// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

import {PasskeyAccount} from "../../src/PasskeyAccount.sol";
import {Passkeys} from "../../src/Passkeys.sol";
import {IPasskeys} from "../../src/interfaces/IPasskeys.sol";
import {BaseTest} from "../BaseTest.sol";
import {Authenticator} from "../Wallets.sol";

contract PasskeysTest is BaseTest, Authenticator {
    Passkeys private passkeys;

    function setUp() public override {
        super.setUp();
        passkeys = new Passkeys();
    }

    function test_create(uint256 key, address sender) public {
        (bytes32 x, bytes32 y) = _passkey(bound(key, 1, 1e18));
        address account = passkeys.accountOf(x, y);
        assertEq(account.code.length, 0);
        vm.expectEmit(address(passkeys));
        emit IPasskeys.PasskeyCreated(account, x, y);
        vm.prank(sender);
        assertEq(passkeys.create(x, y), account);
        (bytes32 x_, bytes32 y_) = PasskeyAccount(account).key();
        assertEq(abi.encode(x_, y_), abi.encode(x, y));

        // Once more does nothing.
        vm.recordLogs();
        assertEq(passkeys.create(x, y), account);
        assertEq(vm.getRecordedLogs().length, 0);
    }

    function test_create_anAccountAKey(uint256 a, uint256 b) public {
        (a, b) = (bound(a, 1, 1e18), bound(b, 1, 1e18));
        vm.assume(a != b);
        (bytes32 x, bytes32 y) = _passkey(a);
        (bytes32 x_, bytes32 y_) = _passkey(b);
        assertNotEq(passkeys.create(x, y), passkeys.create(x_, y_));
    }

    function test_create_InvalidKey(bytes32 x, bytes32 y) public {
        vm.expectRevert(abi.encodeWithSelector(IPasskeys.InvalidKey.selector, x, y));
        passkeys.create(x, y);
    }

    function test_isValidSignature(uint256 key, bytes32 hash) public {
        key = bound(key, 1, 1e18);
        (bytes32 x, bytes32 y) = _passkey(key);
        PasskeyAccount account = PasskeyAccount(passkeys.create(x, y));
        assertEq(account.isValidSignature(hash, _assertion(key, hash, VERIFIED)), IERC1271.isValidSignature.selector);
        bytes4 no = 0xffffffff;
        assertEq(account.isValidSignature(~hash, _assertion(key, hash, VERIFIED)), no);
        assertEq(account.isValidSignature(hash, _assertion(key + 1, hash, VERIFIED)), no);
        // Present is not enough: the authenticator must have verified its user.
        assertEq(account.isValidSignature(hash, _assertion(key, hash, 0x01)), no);
        assertEq(account.isValidSignature(hash, _assertion(key, hash, 0x04)), no);
    }

    /// @dev Whatever it is given, it answers.
    function test_isValidSignature_anything(bytes32 hash, bytes calldata signature) public {
        (bytes32 x, bytes32 y) = _passkey(1);
        PasskeyAccount account = PasskeyAccount(passkeys.create(x, y));
        assertEq(account.isValidSignature(hash, signature), bytes4(0xffffffff));
    }
}
