// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IComplaints} from "../../src/interfaces/IComplaints.sol";
import {ISigned} from "../../src/interfaces/ISigned.sol";
import {ISubmissions} from "../../src/interfaces/ISubmissions.sol";
import {AccountabilityTest} from "../AccountabilityTest.sol";
import {Burner} from "../Wallets.sol";

/// @dev Many people's statements in one transaction.
contract SubmissionsTest is AccountabilityTest {
    address private immutable SUBMITTER = makeAddr("submitter");

    function test_submit(uint256 count) public {
        count = bound(count, 1, 12);
        bytes[] memory calls = new bytes[](count);
        for (uint256 i; i < count; ++i) {
            calls[i] = _filed(i);
        }
        vm.prank(SUBMITTER);
        assertEq(complaints.submit(calls, 0), count);
        for (uint256 i; i < count; ++i) {
            assertEq(complaints.complaint(complaints.filingId(_filing(i))).filedAt, _now());
        }
    }

    /// @dev Different people, one building on another: filed, acted upon, supported.
    function test_submit_inOrder() public {
        bytes32 id = complaints.filingId(_filing(1));
        IComplaints.Action memory a = IComplaints.Action(IComplaints.Act.ResolveFixed, id, 1, id, NO_WORDS, 0);
        IComplaints.Remark memory r = _remark(IComplaints.Say.StillOff, id, 0, NO_WORDS);
        bytes[] memory calls = new bytes[](3);
        calls[0] = _filed(1);
        calls[1] = _acted(JUNIOR_KEY, a);
        bytes memory signature = _sign(SUPPORTER_KEY, _digestOf(_onComplaints(), r, "", SUPPORTER, FOREVER));
        calls[2] = abi.encodeCall(complaints.remarkBySig, (r, SUPPORTER, FOREVER, signature));
        assertEq(complaints.submit(calls, 400_000), 3);
        assertTrue(complaints.said(r, SUPPORTER));
    }

    /// @dev Calls that need no signature are the sender's own, in a list as alone.
    function test_submit_theSendersOwn() public {
        bytes32 id = _file(1);
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(complaints.act, (_one(_next(id, IComplaints.Act.Acknowledge))));
        calls[1] = abi.encodeCall(complaints.remark, (_remark(IComplaints.Say.Note, id, 0, keccak256("on its way"))));
        vm.prank(JUNIOR);
        assertEq(complaints.submit(calls, 0), 2);
        vm.expectRevert(abi.encodeWithSelector(IComplaints.NotOfficial.selector, AREA, SUBMITTER));
        vm.prank(SUBMITTER);
        complaints.submit(calls, 0);
    }

    /// @dev One that fails is named, undoes itself and stops no other.
    function test_submit_SubmissionRefused(uint256 bad) public {
        bad = bound(bad, 0, 2);
        bytes[] memory calls = new bytes[](3);
        for (uint256 i; i < 3; ++i) {
            calls[i] = _filed(i);
        }
        calls[bad] = abi.encodeCall(complaints.fileBySig, (_filing(bad), FOREVER, ""));
        vm.expectEmit(address(complaints));
        emit ISubmissions.SubmissionRefused(bad, abi.encodeWithSelector(ISigned.InvalidSignature.selector, FILER));
        vm.prank(SUBMITTER);
        assertEq(complaints.submit(calls, 0), 2);
        for (uint256 i; i < 3; ++i) {
            assertEq(complaints.complaint(complaints.filingId(_filing(i))).filedAt, i == bad ? 0 : _now());
        }
    }

    function test_submit_revertsWithTheFirstReasonIfNothingIsDone() public {
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(complaints.fileBySig, (_filing(1), 1, ""));
        calls[1] = abi.encodeCall(complaints.fileBySig, (_filing(1), FOREVER, ""));
        vm.expectRevert(abi.encodeWithSelector(ISigned.Expired.selector, 1, _now()));
        complaints.submit(calls, 0);
    }

    function test_submit_NothingToDo() public {
        vm.expectRevert(ISubmissions.NothingToDo.selector);
        complaints.submit(new bytes[](0), 0);
    }

    function test_submit_NestedSubmission() public {
        bytes[] memory inner = new bytes[](1);
        inner[0] = _filed(1);
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(complaints.submit, (inner, 0));
        vm.expectRevert(ISubmissions.NestedSubmission.selector);
        complaints.submit(calls, 0);
    }

    /// @dev Not even what is no function of the contract, or no call at all.
    function test_submit_whatIsNoCall(bytes4 selector) public {
        vm.assume(selector != ISubmissions.submit.selector);
        bytes[] memory calls = new bytes[](3);
        calls[0] = abi.encodePacked(selector);
        calls[1] = hex"ab";
        calls[2] = _filed(1);
        // Views are calls too, and do nothing; they need arguments, but for three.
        uint256 done = complaints.submit(calls, 0);
        assertTrue(done == 1 || done == 2);
        assertEq(complaints.complaint(complaints.filingId(_filing(1))).filedAt, _now());
    }

    /* GAS */

    /// @dev A wallet that burns what it gets, in the middle of a list, gets what each gets, and the others are done.
    function test_submit_gasEach() public {
        IComplaints.Filing memory f = _filing(0);
        f.filer = address(new Burner());
        bytes[] memory calls = new bytes[](3);
        (calls[0], calls[2]) = (_filed(1), _filed(2));
        calls[1] = abi.encodeCall(complaints.fileBySig, (f, FOREVER, ""));
        vm.expectEmit(address(complaints));
        emit ISubmissions.SubmissionRefused(1, abi.encodeWithSelector(ISigned.InvalidSignature.selector, f.filer));
        assertEq(complaints.submit{gas: 1_500_000}(calls, 400_000), 2);
    }

    /// @dev Without a limit it starves the rest, but silently does it nothing: the whole is undone.
    function test_submit_withoutALimit() public {
        IComplaints.Filing memory f = _filing(0);
        f.filer = address(new Burner());
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(complaints.fileBySig, (f, FOREVER, ""));
        calls[1] = _filed(1);
        (bool ok,) = address(complaints).call{gas: 1_500_000}(abi.encodeCall(complaints.submit, (calls, 0)));
        assertFalse(ok);
        assertEq(complaints.complaint(complaints.filingId(_filing(1))).filedAt, 0);
    }

    /// @dev Who submits cannot make one fail by giving the whole less gas than it says it gives each.
    function test_submit_NotEnoughGas(uint256 gas) public {
        gas = bound(gas, 150_000, 2_000_000);
        bytes[] memory calls = new bytes[](4);
        for (uint256 i; i < 4; ++i) {
            calls[i] = _filed(i);
        }
        uint256 before = vm.snapshotState();
        (bool ok, bytes memory answer) =
            address(complaints).call{gas: gas}(abi.encodeCall(complaints.submit, (calls, 300_000)));
        if (ok) {
            assertEq(abi.decode(answer, (uint256)), 4);
            return;
        }
        assertEq(bytes4(answer), ISubmissions.NotEnoughGas.selector);
        vm.revertToState(before);
    }

    /// @dev What was refused for want of gas is as good as new.
    function test_submit_againAfterTooLittleGas() public {
        bytes[] memory calls = new bytes[](2);
        (calls[0], calls[1]) = (_filed(1), abi.encodeCall(complaints.OFFICIALS, ()));
        vm.expectEmit(address(complaints));
        emit ISubmissions.SubmissionRefused(0, "");
        assertEq(complaints.submit(calls, 10_000), 1);
        assertEq(complaints.submit(calls, 300_000), 2);
    }

    function _filed(uint256 seed) private view returns (bytes memory) {
        IComplaints.Filing memory f = _filing(seed);
        bytes memory signature = _sign(FILER_KEY, _digestOf(_onComplaints(), f, FOREVER));
        return abi.encodeCall(complaints.fileBySig, (f, FOREVER, signature));
    }

    function _acted(uint256 key, IComplaints.Action memory a) private view returns (bytes memory) {
        bytes32 digest = _digestOf(_onComplaints(), _one(a), new string[](1), vm.addr(key), FOREVER);
        return abi.encodeCall(complaints.actBySig, (_one(a), vm.addr(key), FOREVER, _sign(key, digest)));
    }
}
