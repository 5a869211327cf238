// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {Safe} from "@safe-global/safe-smart-account/Safe.sol";

import {Passkeys} from "../../src/Passkeys.sol";
import {IComplaints} from "../../src/interfaces/IComplaints.sol";
import {ISigned} from "../../src/interfaces/ISigned.sol";
import {AccountabilityTest} from "../AccountabilityTest.sol";
import {Answering, Authenticator, Burner, DelegatedAccount, Reentering, Safes, Yes} from "../Wallets.sol";

/// @dev Officials and filers whose account is a contract: ERC-1271, passkeys, EIP-7702.
contract WalletsTest is AccountabilityTest, Safes, Authenticator {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = _file(1);
    }

    /* A SAFE */

    function test_aSafeIsAnOfficial() public {
        Safe safe = _newSafe();
        _enrol(address(safe));
        (IComplaints.Action[] memory actions, bytes32 digest) = _acknowledgement(address(safe));
        bytes memory signature = _signAsSafe(safe, _two(), digest);
        complaints.actBySig(actions, address(safe), FOREVER, signature);
        assertEq(complaints.complaint(id).head, complaints.actionHash(actions[0], address(safe)));

        // Directly, too.
        bytes memory call = abi.encodeCall(complaints.act, (_one(_next(id, IComplaints.Act.ResolveFixed))));
        assertTrue(_execute(safe, _two(), address(complaints), call));
        assertEq(uint256(complaints.complaint(id).last), uint256(IComplaints.Act.ResolveFixed));
    }

    function test_aSafeIsAnOfficial_tooFewSignatures() public {
        Safe safe = _newSafe();
        _enrol(address(safe));
        (IComplaints.Action[] memory actions, bytes32 digest) = _acknowledgement(address(safe));
        uint256[] memory one = new uint256[](1);
        one[0] = OWNER_KEYS[0];
        _invalid(actions, address(safe), _signAsSafe(safe, one, digest));
        // An owner's own signature is not the Safe's.
        _invalid(actions, address(safe), _sign(OWNER_KEYS[0], digest));
    }

    /* A PASSKEY */

    function test_aPasskeyIsAnOfficial(uint256 key) public {
        key = bound(key, 1, 1e18);
        Passkeys passkeys = new Passkeys();
        (bytes32 x, bytes32 y) = _passkey(key);
        address account = passkeys.accountOf(x, y);
        // The administrator grants the address before the account is there.
        _enrol(account);
        passkeys.create(x, y);
        (IComplaints.Action[] memory actions, bytes32 digest) = _acknowledgement(account);
        complaints.actBySig(actions, account, FOREVER, _assertion(key, digest, VERIFIED));
        assertEq(complaints.complaint(id).head, complaints.actionHash(actions[0], account));
    }

    function test_aPasskeyIsAnOfficial_anotherKeyOrChallenge(uint256 key, bytes32 challenge) public {
        key = bound(key, 1, 1e18);
        Passkeys passkeys = new Passkeys();
        (bytes32 x, bytes32 y) = _passkey(key);
        address account = passkeys.create(x, y);
        _enrol(account);
        (IComplaints.Action[] memory actions, bytes32 digest) = _acknowledgement(account);
        vm.assume(challenge != digest);
        _invalid(actions, account, _assertion(key + 1, digest, VERIFIED));
        _invalid(actions, account, _assertion(key, challenge, VERIFIED));
        _invalid(actions, account, "");
    }

    function test_aPasskeyFilesAndReopens(uint256 key) public {
        key = bound(key, 1, 1e18);
        (bytes32 x, bytes32 y) = _passkey(key);
        IComplaints.Filing memory f = _filing(2);
        f.filer = new Passkeys().create(x, y);
        bytes32 digest = _digestOf(_onComplaints(), f, FOREVER);
        id = complaints.fileBySig(f, FOREVER, _assertion(key, digest, VERIFIED));
        _act(JUNIOR, id, IComplaints.Act.ResolveFixed);
        IComplaints.Action[] memory actions = _one(_next(id, IComplaints.Act.Reopen));
        digest = _digestOf(_onComplaints(), actions, new string[](1), f.filer, FOREVER);
        complaints.actBySig(actions, f.filer, FOREVER, _assertion(key, digest, VERIFIED));
        assertEq(complaints.complaint(id).reopenings, 1);
    }

    /* AN ACCOUNT THAT DELEGATES (EIP-7702) */

    function test_aDelegatedAccountIsAnOfficial() public {
        (IComplaints.Action[] memory actions, bytes32 digest) = _acknowledgement(JUNIOR);
        vm.signAndAttachDelegation(address(new DelegatedAccount()), JUNIOR_KEY);
        assertEq(complaints.actBySig(actions, JUNIOR, FOREVER, _sign(JUNIOR_KEY, digest)), 1);
        assertEq(JUNIOR.code.length, 23);
        assertEq(complaints.complaint(id).index, 1);

        (actions, digest) = _acknowledgement(JUNIOR);
        actions[0] = _next(id, IComplaints.Act.ResolveFixed);
        digest = _digestOf(_onComplaints(), actions, new string[](1), JUNIOR, FOREVER);
        _invalid(actions, JUNIOR, _sign(SENIOR_KEY, digest));
        complaints.actBySig(actions, JUNIOR, FOREVER, _sign(JUNIOR_KEY, digest));
        // Directly, too.
        _act(JUNIOR, id, IComplaints.Act.Reopen);
    }

    /// @dev Once it delegates it is an account with code, and what it delegates to decides. Who delegates to something
    /// that knows no signatures acts directly.
    function test_aDelegatedAccount_thatKnowsNoSignatures() public {
        (IComplaints.Action[] memory actions, bytes32 digest) = _acknowledgement(JUNIOR);
        vm.signAndAttachDelegation(address(officials), JUNIOR_KEY);
        _invalid(actions, JUNIOR, _sign(JUNIOR_KEY, digest));
        vm.prank(JUNIOR);
        complaints.act(actions);
    }

    /* WALLETS THAT ARE BROKEN OR BAD */

    function test_aWalletThatAnswersAnythingElse(bytes32 answer, bool reverts) public {
        bytes4 yes = IERC1271.isValidSignature.selector;
        vm.assume(answer != bytes32(yes));
        bytes[5] memory answers =
            [abi.encode(answer), bytes(""), abi.encodePacked(yes), abi.encodePacked(yes, bytes27(0)), new bytes(100)];
        for (uint256 i; i < answers.length; ++i) {
            address wallet = address(new Answering(answers[i], reverts));
            _enrol(wallet);
            (IComplaints.Action[] memory actions,) = _acknowledgement(wallet);
            _invalid(actions, wallet, "");
        }
        address reverting = address(new Answering(abi.encode(yes), true));
        _enrol(reverting);
        (IComplaints.Action[] memory again,) = _acknowledgement(reverting);
        _invalid(again, reverting, "");
    }

    /// @dev A wallet that says yes to anybody's signature harms only itself.
    function test_aWalletThatSaysYes() public {
        address wallet = address(new Yes());
        _enrol(wallet);
        (IComplaints.Action[] memory actions,) = _acknowledgement(wallet);
        complaints.actBySig(actions, wallet, FOREVER, "");
        assertEq(complaints.complaint(id).index, 1);
    }

    /// @dev It is asked by a call that can change nothing: it cannot act while it is asked.
    function test_aWalletThatComesBackIn() public {
        Reentering wallet = new Reentering();
        _enrol(address(wallet));
        (IComplaints.Action[] memory actions,) = _acknowledgement(address(wallet));
        wallet.aim(address(complaints), abi.encodeCall(complaints.act, (actions)));
        _invalid(actions, address(wallet), "");
        assertEq(complaints.complaint(id).index, 0);
        // It may look.
        wallet.aim(address(complaints), abi.encodeCall(complaints.complaint, (id)));
        complaints.actBySig(actions, address(wallet), FOREVER, "");
        assertEq(complaints.complaint(id).index, 1);
    }

    function test_aWalletThatBurnsGas() public {
        address wallet = address(new Burner());
        _enrol(wallet);
        (IComplaints.Action[] memory actions,) = _acknowledgement(wallet);
        vm.expectRevert(abi.encodeWithSelector(ISigned.InvalidSignature.selector, wallet));
        complaints.actBySig{gas: 5_000_000}(actions, wallet, FOREVER, "");
    }

    /* INTERNAL */

    function _enrol(address wallet) private {
        vm.prank(ADMIN);
        officials.grant(AREA, wallet, 1, 0, FOREVER);
    }

    function _acknowledgement(address signer)
        private
        view
        returns (IComplaints.Action[] memory actions, bytes32 digest)
    {
        actions = _one(_next(id, IComplaints.Act.Acknowledge));
        digest = _digestOf(_onComplaints(), actions, new string[](1), signer, FOREVER);
    }

    function _invalid(IComplaints.Action[] memory actions, address signer, bytes memory signature) private {
        vm.expectRevert(abi.encodeWithSelector(ISigned.InvalidSignature.selector, signer));
        complaints.actBySig(actions, signer, FOREVER, signature);
    }
}
