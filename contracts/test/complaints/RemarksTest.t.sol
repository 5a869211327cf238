// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IComplaints} from "../../src/interfaces/IComplaints.sol";
import {AccountabilityTest} from "../AccountabilityTest.sol";

contract RemarksTest is AccountabilityTest {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = _file(1);
    }

    /* NOTES */

    function test_note(bytes32 words, uint256 who) public {
        vm.assume(words != 0 && words != NO_WORDS);
        address[3] memory accounts = [FILER, JUNIOR, SENIOR];
        uint8[3] memory levels = [0, 1, 2];
        IComplaints.Remark memory r = _remark(IComplaints.Say.Note, id, 0, words);
        assertFalse(complaints.said(r, accounts[who % 3]));
        _says(accounts[who % 3], r, levels[who % 3]);
        assertTrue(complaints.said(r, accounts[who % 3]));
    }

    function test_note_atAnyStage(uint256 stage) public {
        if (stage % 4 > 0) _act(JUNIOR, id, IComplaints.Act.Acknowledge);
        if (stage % 4 > 1) _act(JUNIOR, id, IComplaints.Act.ResolveFixed);
        if (stage % 4 > 2) _act(FILER, id, IComplaints.Act.Reopen);
        _says(JUNIOR, _remark(IComplaints.Say.Note, id, 0, "words"), 1);
        _says(FILER, _remark(IComplaints.Say.Note, id, 0, "words"), 0);
    }

    function test_note_NotOfficial(address stranger) public {
        vm.assume(stranger != FILER && stranger != JUNIOR && stranger != SENIOR);
        bytes memory reason = abi.encodeWithSelector(IComplaints.NotOfficial.selector, AREA, stranger);
        _refusedToSay(stranger, _remark(IComplaints.Say.Note, id, 0, "words"), reason);
        vm.prank(ADMIN);
        officials.revoke(AREA, JUNIOR, 0);
        reason = abi.encodeWithSelector(IComplaints.NotOfficial.selector, AREA, JUNIOR);
        _refusedToSay(JUNIOR, _remark(IComplaints.Say.Note, id, 0, "words"), reason);
    }

    function test_note_NoNote() public {
        bytes memory reason = abi.encodeWithSelector(IComplaints.NoNote.selector, id);
        _refusedToSay(JUNIOR, _remark(IComplaints.Say.Note, id, 0, 0), reason);
        _refusedToSay(JUNIOR, _remark(IComplaints.Say.Note, id, 0, NO_WORDS), reason);
    }

    /// @dev The same words once an account, other words as often as one likes.
    function test_note_AlreadySaid(bytes32 words, bytes32 others) public {
        vm.assume(words != 0 && words != NO_WORDS && others != 0 && others != NO_WORDS && words != others);
        IComplaints.Remark memory r = _remark(IComplaints.Say.Note, id, 0, words);
        _says(JUNIOR, r, 1);
        bytes memory reason = abi.encodeWithSelector(IComplaints.AlreadySaid.selector, id, JUNIOR, IComplaints.Say.Note);
        _refusedToSay(JUNIOR, r, reason);
        _says(SENIOR, r, 2);
        _says(JUNIOR, _remark(IComplaints.Say.Note, id, 0, others), 1);
        _says(JUNIOR, _remark(IComplaints.Say.Note, _file(2), 0, words), 1);
    }

    /* SUPPORTERS */

    function test_affectedToo(address supporter, bytes32 words) public {
        vm.assume(words != 0);
        IComplaints.Remark memory r = _remark(IComplaints.Say.AffectedToo, id, 0, words);
        _says(supporter, r, 0);
        assertTrue(complaints.said(r, supporter));
        // Once, whatever the words.
        r.note = keccak256(abi.encode(words));
        bytes memory reason =
            abi.encodeWithSelector(IComplaints.AlreadySaid.selector, id, supporter, IComplaints.Say.AffectedToo);
        _refusedToSay(supporter, r, reason);
    }

    function test_affectedToo_isNotSpentByStillOff() public {
        _act(JUNIOR, id, IComplaints.Act.ResolveFixed);
        _says(SUPPORTER, _remark(IComplaints.Say.StillOff, id, 0, NO_WORDS), 0);
        _says(SUPPORTER, _remark(IComplaints.Say.AffectedToo, id, 0, NO_WORDS), 0);
    }

    /// @dev One for each time that it was closed, by an account; nobody's is spent by another's.
    function test_stillOff(address supporter, uint256 closings) public {
        vm.assume(supporter != SUPPORTER);
        closings = bound(closings, 1, 4);
        for (uint32 i; i < closings; ++i) {
            _act(JUNIOR, id, i % 2 == 0 ? IComplaints.Act.ResolveFixed : IComplaints.Act.Reject);
            IComplaints.Remark memory r = _remark(IComplaints.Say.StillOff, id, i, NO_WORDS);
            _says(supporter, r, 0);
            bytes memory reason =
                abi.encodeWithSelector(IComplaints.AlreadySaid.selector, id, supporter, IComplaints.Say.StillOff);
            _refusedToSay(supporter, r, reason);
            _says(SUPPORTER, r, 0);
            _act(FILER, id, IComplaints.Act.Reopen);
        }
    }

    /// @dev That it was reopened, or closed again, in the meantime silences nobody.
    function test_stillOff_ofAnEarlierClosing(uint256 closings, uint32 which) public {
        closings = bound(closings, 1, 4);
        for (uint256 i; i < closings; ++i) {
            _act(JUNIOR, id, IComplaints.Act.ResolveNotFixed);
            _act(FILER, id, IComplaints.Act.Reopen);
        }
        _says(SUPPORTER, _remark(IComplaints.Say.StillOff, id, uint32(which % closings), NO_WORDS), 0);
    }

    /// @dev There must be a closing that it answers: else one that was signed early, and held back, would be taken for an
    /// answer to a closing that came later.
    function test_stillOff_InvalidReopening(uint32 reopening) public {
        IComplaints.Remark memory r = _remark(IComplaints.Say.StillOff, id, 0, NO_WORDS);
        _refusedToSay(SUPPORTER, r, abi.encodeWithSelector(IComplaints.InvalidReopening.selector, id, 0));
        _act(JUNIOR, id, IComplaints.Act.ResolveFixed);
        reopening = uint32(bound(reopening, 1, type(uint32).max));
        r.reopening = reopening;
        _refusedToSay(SUPPORTER, r, abi.encodeWithSelector(IComplaints.InvalidReopening.selector, id, reopening));
        _act(FILER, id, IComplaints.Act.Reopen);
        r.reopening = 1;
        _refusedToSay(SUPPORTER, r, abi.encodeWithSelector(IComplaints.InvalidReopening.selector, id, 1));
    }

    function test_remark_InvalidReopening(uint32 reopening) public {
        reopening = uint32(bound(reopening, 1, type(uint32).max));
        bytes memory reason = abi.encodeWithSelector(IComplaints.InvalidReopening.selector, id, reopening);
        _refusedToSay(JUNIOR, _remark(IComplaints.Say.Note, id, reopening, "words"), reason);
        _refusedToSay(SUPPORTER, _remark(IComplaints.Say.AffectedToo, id, reopening, NO_WORDS), reason);
    }

    function test_remark_NoComplaint(bytes32 none, uint256 say) public {
        vm.assume(none != id);
        bytes memory reason = abi.encodeWithSelector(IComplaints.NoComplaint.selector, none);
        _refusedToSay(JUNIOR, _remark(IComplaints.Say(say % 3), none, 0, "words"), reason);
    }

    function test_remark_NoNote() public {
        bytes memory reason = abi.encodeWithSelector(IComplaints.NoNote.selector, id);
        _refusedToSay(SUPPORTER, _remark(IComplaints.Say.AffectedToo, id, 0, 0), reason);
    }

    /* THE CHAIN OF ACTIONS */

    /// @dev A crowd does not move it: what an official signed before is good after.
    function test_remark_neverMovesTheChain(uint8 crowd) public {
        _act(JUNIOR, id, IComplaints.Act.ResolveFixed);
        IComplaints.Action memory a = _next(id, IComplaints.Act.Reopen);
        bytes memory before = abi.encode(complaints.complaint(id));
        for (uint160 i = 1; i <= crowd % 20; ++i) {
            _says(address(i), _remark(IComplaints.Say.AffectedToo, id, 0, NO_WORDS), 0);
            _says(address(i), _remark(IComplaints.Say.StillOff, id, 0, NO_WORDS), 0);
        }
        _says(JUNIOR, _remark(IComplaints.Say.Note, id, 0, "words"), 1);
        assertEq(abi.encode(complaints.complaint(id)), before);
        vm.prank(JUNIOR);
        complaints.act(_one(a));
    }

    function _says(address account, IComplaints.Remark memory r, uint8 level) private {
        vm.expectEmit(address(complaints));
        emit IComplaints.Remarked(r.complaint, AREA, account, r.say, r.reopening, r.note, level, _now());
        vm.prank(account);
        complaints.remark(r);
    }

    function _refusedToSay(address account, IComplaints.Remark memory r, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(account);
        complaints.remark(r);
    }
}
