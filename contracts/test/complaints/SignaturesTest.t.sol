// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Complaints} from "../../src/Complaints.sol";
import {IComplaints} from "../../src/interfaces/IComplaints.sol";
import {ISigned} from "../../src/interfaces/ISigned.sol";
import {AccountabilityTest} from "../AccountabilityTest.sol";

/// @dev What plain keys sign, and what cannot be done with it.
contract SignaturesTest is AccountabilityTest {
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = _file(1);
    }

    /* WHAT IS SIGNED IS DONE */

    function test_actBySig(address submitter, uint40 deadline, uint256 words) public {
        deadline = uint40(bound(deadline, _now(), FOREVER));
        string memory note = vm.toString(words);
        IComplaints.Action memory a = _next(id, IComplaints.Act.Acknowledge);
        a.note = keccak256(bytes(note));
        bytes memory signature = _signActions(JUNIOR_KEY, _one(a), note, deadline);
        bytes32 hash = complaints.actionHash(a, JUNIOR);
        vm.expectEmit(address(complaints));
        emit IComplaints.Acted(id, AREA, JUNIOR, a.act, 1, hash, a.note, 0, 1, 1, FUSE_CLOCK, _now());
        vm.prank(submitter);
        assertEq(complaints.actBySig(_one(a), JUNIOR, deadline, signature), 1);
        assertEq(complaints.complaint(id).head, hash);
    }

    /// @dev One signature for a queue.
    function test_actBySig_aList(uint256 count) public {
        count = bound(count, 1, 20);
        IComplaints.Action[] memory actions = new IComplaints.Action[](count);
        for (uint256 i; i < count; ++i) {
            actions[i] = _next(_file(100 + i), IComplaints.Act.ResolveNotOurs);
        }
        assertEq(complaints.actBySig(actions, JUNIOR, FOREVER, _signActions(JUNIOR_KEY, actions, "", FOREVER)), count);
    }

    function test_actBySig_everyAct(uint256 which) public {
        IComplaints.Act act = IComplaints.Act(bound(which, 2, 8));
        IComplaints.Action memory a = _next(id, act);
        if (act == IComplaints.Act.Reopen) _act(JUNIOR, id, IComplaints.Act.Reject);
        if (act == IComplaints.Act.Reopen) a = _next(id, act);
        if (act == IComplaints.Act.ResolveDuplicate) a.duplicateOf = _file(2);
        complaints.actBySig(_one(a), JUNIOR, FOREVER, _signActions(JUNIOR_KEY, _one(a), "", FOREVER));
        assertEq(uint256(complaints.complaint(id).last), uint256(act));
    }

    function test_actBySig_theFilerReopens(address submitter) public {
        _act(JUNIOR, id, IComplaints.Act.ResolveFixed);
        IComplaints.Action memory a = _next(id, IComplaints.Act.Reopen);
        bytes memory signature = _signActions(FILER_KEY, _one(a), "", FOREVER);
        vm.prank(submitter);
        complaints.actBySig(_one(a), FILER, FOREVER, signature);
        assertEq(complaints.complaint(id).reopenings, 1);
    }

    function test_remarkBySig(address submitter, uint256 say, uint40 deadline, uint256 words) public {
        deadline = uint40(bound(deadline, _now(), FOREVER));
        _act(JUNIOR, id, IComplaints.Act.ResolveFixed);
        string memory note = vm.toString(words);
        IComplaints.Remark memory r = _remark(IComplaints.Say(say % 3), id, 0, keccak256(bytes(note)));
        uint256 key = r.say == IComplaints.Say.Note ? SENIOR_KEY : SUPPORTER_KEY;
        uint8 level = r.say == IComplaints.Say.Note ? 2 : 0;
        bytes memory signature = _sign(key, _digestOf(_onComplaints(), r, note, vm.addr(key), deadline));
        vm.expectEmit(address(complaints));
        emit IComplaints.Remarked(id, AREA, vm.addr(key), r.say, 0, r.note, level, _now());
        vm.prank(submitter);
        complaints.remarkBySig(r, vm.addr(key), deadline, signature);
        assertTrue(complaints.said(r, vm.addr(key)));
    }

    /* WHAT IS NOT SIGNED IS NOT DONE */

    function test_bySig_Expired(uint40 deadline) public {
        vm.warp(START + 1000);
        deadline = uint40(bound(deadline, 0, _now() - 1));
        bytes memory reason = abi.encodeWithSelector(ISigned.Expired.selector, deadline, _now());
        IComplaints.Filing memory f = _filing(2);
        bytes memory signature = _sign(FILER_KEY, _digestOf(_onComplaints(), f, deadline));
        vm.expectRevert(reason);
        complaints.fileBySig(f, deadline, signature);
        IComplaints.Action memory a = _next(id, IComplaints.Act.Acknowledge);
        signature = _signActions(JUNIOR_KEY, _one(a), "", deadline);
        vm.expectRevert(reason);
        complaints.actBySig(_one(a), JUNIOR, deadline, signature);
        IComplaints.Remark memory r = _remark(IComplaints.Say.AffectedToo, id, 0, NO_WORDS);
        signature = _sign(SUPPORTER_KEY, _digestOf(_onComplaints(), r, "", SUPPORTER, deadline));
        vm.expectRevert(reason);
        complaints.remarkBySig(r, SUPPORTER, deadline, signature);
    }

    function test_bySig_anotherDeadline(uint40 signed, uint40 given) public {
        given = uint40(bound(given, _now(), FOREVER));
        vm.assume(signed != given);
        IComplaints.Action memory a = _next(id, IComplaints.Act.Acknowledge);
        _invalid(_one(a), given, _signActions(JUNIOR_KEY, _one(a), "", signed));
    }

    function test_actBySig_anotherSigner(uint256 key) public {
        key = bound(key, 1, 1e18);
        vm.assume(key != JUNIOR_KEY);
        IComplaints.Action memory a = _next(id, IComplaints.Act.Acknowledge);
        // Signed by another in the official's name, and signed in the other's own name.
        bytes32 digest = _digestOf(_onComplaints(), _one(a), _noWords(1), JUNIOR, FOREVER);
        _invalid(_one(a), FOREVER, _sign(key, digest));
        _invalid(_one(a), FOREVER, _signActions(key, _one(a), "", FOREVER));
    }

    function test_actBySig_anotherAction(uint256 which) public {
        IComplaints.Action memory a = _next(id, IComplaints.Act.ResolveNotFixed);
        bytes memory signature = _signActions(JUNIOR_KEY, _one(a), "", FOREVER);
        if (which % 6 == 0) a.act = IComplaints.Act.ResolveFixed;
        if (which % 6 == 1) a.complaint = _file(2);
        if (which % 6 == 2) a.index = 2;
        if (which % 6 == 3) a.previous = keccak256("another history");
        if (which % 6 == 4) a.note = keccak256("words that were not said");
        if (which % 6 == 5) a.duplicateOf = bytes32(uint256(1));
        _invalid(_one(a), FOREVER, signature);
    }

    /// @dev A list is submitted as it was signed: nothing taken out, nothing moved.
    function test_actBySig_partOfAList() public {
        IComplaints.Action[] memory actions = new IComplaints.Action[](2);
        (actions[0], actions[1]) = (_next(id, IComplaints.Act.Reject), _next(_file(2), IComplaints.Act.Reject));
        bytes memory signature = _signActions(JUNIOR_KEY, actions, "", FOREVER);
        _invalid(_one(actions[0]), FOREVER, signature);
        (actions[0], actions[1]) = (actions[1], actions[0]);
        _invalid(actions, FOREVER, signature);
    }

    function test_remarkBySig_anotherRemark(uint256 which) public {
        _act(JUNIOR, id, IComplaints.Act.ResolveFixed);
        IComplaints.Remark memory r = _remark(IComplaints.Say.StillOff, id, 0, NO_WORDS);
        bytes memory signature = _sign(SUPPORTER_KEY, _digestOf(_onComplaints(), r, "", SUPPORTER, FOREVER));
        if (which % 4 == 0) r.say = IComplaints.Say.AffectedToo;
        if (which % 4 == 1) r.complaint = _file(2);
        if (which % 4 == 2) r.reopening = 1;
        if (which % 4 == 3) r.note = "other words";
        vm.expectRevert(abi.encodeWithSelector(ISigned.InvalidSignature.selector, SUPPORTER));
        complaints.remarkBySig(r, SUPPORTER, FOREVER, signature);
    }

    /// @dev Nobody spends another's "still off".
    function test_remarkBySig_anotherSigner(uint256 key) public {
        key = bound(key, 1, 1e18);
        vm.assume(key != SUPPORTER_KEY);
        _act(JUNIOR, id, IComplaints.Act.ResolveFixed);
        IComplaints.Remark memory r = _remark(IComplaints.Say.StillOff, id, 0, NO_WORDS);
        bytes memory signature = _sign(key, _digestOf(_onComplaints(), r, "", SUPPORTER, FOREVER));
        vm.expectRevert(abi.encodeWithSelector(ISigned.InvalidSignature.selector, SUPPORTER));
        complaints.remarkBySig(r, SUPPORTER, FOREVER, signature);
        assertFalse(complaints.said(r, SUPPORTER));
    }

    function test_bySig_anotherChain(uint64 chainId) public {
        vm.assume(chainId != block.chainid && chainId != 0);
        Domain memory elsewhere = Domain(chainId, address(complaints));
        IComplaints.Action memory a = _next(id, IComplaints.Act.Acknowledge);
        bytes32 digest = _digestOf(elsewhere, _one(a), _noWords(1), JUNIOR, FOREVER);
        _invalid(_one(a), FOREVER, _sign(JUNIOR_KEY, digest));

        // And a chain that splits: what was signed before is not good on the branch with another id.
        bytes memory signature = _signActions(JUNIOR_KEY, _one(a), "", FOREVER);
        vm.chainId(chainId);
        _invalid(_one(a), FOREVER, signature);
    }

    function test_bySig_anotherContract() public {
        Complaints other = new Complaints(address(officials), address(clocks));
        IComplaints.Filing memory f = _filing(3);
        bytes memory signature = _sign(FILER_KEY, _digestOf(Domain(block.chainid, address(other)), f, FOREVER));
        vm.expectRevert(abi.encodeWithSelector(ISigned.InvalidSignature.selector, FILER));
        complaints.fileBySig(f, FOREVER, signature);
        // The same filing is another complaint there.
        assertNotEq(other.fileBySig(f, FOREVER, signature), complaints.filingId(f));
    }

    /// @dev S of the upper half, the short form of 64 bytes, none at all, and one of the zero address.
    function test_actBySig_otherFormsOfASignature() public {
        IComplaints.Action memory a = _next(id, IComplaints.Act.Acknowledge);
        bytes32 digest = _digestOf(_onComplaints(), _one(a), _noWords(1), JUNIOR, FOREVER);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(JUNIOR_KEY, digest);
        _invalid(_one(a), FOREVER, abi.encodePacked(r, bytes32(ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27)));
        (bytes32 r_, bytes32 vs) = vm.signCompact(JUNIOR_KEY, digest);
        _invalid(_one(a), FOREVER, abi.encodePacked(r_, vs));
        _invalid(_one(a), FOREVER, "");
        _invalid(_one(a), FOREVER, abi.encodePacked(r, s, v, uint8(0)));
        vm.expectRevert(abi.encodeWithSelector(ISigned.InvalidSignature.selector, address(0)));
        complaints.actBySig(_one(a), address(0), FOREVER, abi.encodePacked(r, s, uint8(99)));
    }

    /* REPLAY, ORDER, REORGANISATIONS */

    function test_actBySig_replayed() public {
        IComplaints.Action memory a = _next(id, IComplaints.Act.ResolveFixed);
        bytes memory signature = _signActions(JUNIOR_KEY, _one(a), "", FOREVER);
        complaints.actBySig(_one(a), JUNIOR, FOREVER, signature);
        vm.expectRevert(abi.encodeWithSelector(IComplaints.WrongIndex.selector, id, 2, 1));
        complaints.actBySig(_one(a), JUNIOR, FOREVER, signature);
        // Not even when it is open again.
        _act(FILER, id, IComplaints.Act.Reopen);
        vm.expectRevert(abi.encodeWithSelector(IComplaints.WrongIndex.selector, id, 3, 1));
        complaints.actBySig(_one(a), JUNIOR, FOREVER, signature);
    }

    function test_remarkBySig_replayed() public {
        IComplaints.Remark memory r = _remark(IComplaints.Say.Note, id, 0, keccak256("words"));
        bytes memory signature = _sign(FILER_KEY, _digestOf(_onComplaints(), r, "words", FILER, FOREVER));
        complaints.remarkBySig(r, FILER, FOREVER, signature);
        bytes memory reason = abi.encodeWithSelector(IComplaints.AlreadySaid.selector, id, FILER, IComplaints.Say.Note);
        vm.expectRevert(reason);
        complaints.remarkBySig(r, FILER, FOREVER, signature);
        // Signed anew because the first seemed lost: said once all the same.
        signature = _sign(FILER_KEY, _digestOf(_onComplaints(), r, "words", FILER, _now()));
        vm.expectRevert(reason);
        complaints.remarkBySig(r, FILER, _now(), signature);
    }

    /// @dev A submission that was held back is void once somebody acted, and cannot be turned on anything else.
    function test_actBySig_heldBack() public {
        IComplaints.Action memory a = _next(id, IComplaints.Act.ResolveFixed);
        bytes memory signature = _signActions(JUNIOR_KEY, _one(a), "", FOREVER);
        bytes32 head = complaints.actionHash(_act(SENIOR, id, IComplaints.Act.Acknowledge), SENIOR);
        vm.expectRevert(abi.encodeWithSelector(IComplaints.WrongIndex.selector, id, 2, 1));
        complaints.actBySig(_one(a), JUNIOR, FOREVER, signature);
        (a.index, a.previous) = (2, head);
        _invalid(_one(a), FOREVER, signature);
    }

    /// @dev After a reorganisation the same signatures, in the same order, in other blocks, by other submitters, give the
    /// same ids and hashes; out of order they wait.
    function test_bySig_reorganised(uint16 later, address submitter) public {
        IComplaints.Filing memory f = _filing(7);
        bytes memory filed = _sign(FILER_KEY, _digestOf(_onComplaints(), f, FOREVER));
        uint256 before = vm.snapshotState();
        bytes32 filingId = complaints.fileBySig(f, FOREVER, filed);
        IComplaints.Action memory a = _next(filingId, IComplaints.Act.Acknowledge);
        bytes memory acknowledged = _signActions(JUNIOR_KEY, _one(a), "", FOREVER);
        complaints.actBySig(_one(a), JUNIOR, FOREVER, acknowledged);
        bytes32 head = complaints.complaint(filingId).head;

        vm.revertToState(before);
        vm.warp(vm.getBlockTimestamp() + later);
        vm.startPrank(submitter);
        vm.expectRevert(abi.encodeWithSelector(IComplaints.NoComplaint.selector, filingId));
        complaints.actBySig(_one(a), JUNIOR, FOREVER, acknowledged);
        assertEq(complaints.fileBySig(f, FOREVER, filed), filingId);
        complaints.actBySig(_one(a), JUNIOR, FOREVER, acknowledged);
        assertEq(complaints.complaint(filingId).head, head);
        assertEq(complaints.complaint(filingId).lastAt, _now());
    }

    /// @dev The right is that of the moment in which it is submitted.
    function test_actBySig_revokedInTheMeantime() public {
        IComplaints.Action memory a = _next(id, IComplaints.Act.Acknowledge);
        bytes memory signature = _signActions(JUNIOR_KEY, _one(a), "", FOREVER);
        vm.prank(ADMIN);
        officials.revoke(AREA, JUNIOR, 0);
        vm.expectRevert(abi.encodeWithSelector(IComplaints.NotOfficial.selector, AREA, JUNIOR));
        complaints.actBySig(_one(a), JUNIOR, FOREVER, signature);
    }

    /* INTERNAL */

    function _noWords(uint256 count) private pure returns (string[] memory) {
        return new string[](count);
    }

    /// @dev Signs actions that all have the same note.
    function _signActions(uint256 key, IComplaints.Action[] memory actions, string memory note, uint40 deadline)
        private
        view
        returns (bytes memory)
    {
        string[] memory notes = new string[](actions.length);
        for (uint256 i; i < notes.length; ++i) {
            notes[i] = note;
        }
        return _sign(key, _digestOf(_onComplaints(), actions, notes, vm.addr(key), deadline));
    }

    function _invalid(IComplaints.Action[] memory actions, uint40 deadline, bytes memory signature) private {
        vm.expectRevert(abi.encodeWithSelector(ISigned.InvalidSignature.selector, JUNIOR));
        complaints.actBySig(actions, JUNIOR, deadline, signature);
    }
}
