// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IComplaints} from "../../src/interfaces/IComplaints.sol";
import {ISubmissions} from "../../src/interfaces/ISubmissions.sol";
import {AccountabilityTest} from "../AccountabilityTest.sol";

contract ActingTest is AccountabilityTest {
    IComplaints.Act[] private _all = [
        IComplaints.Act.None,
        IComplaints.Act.File,
        IComplaints.Act.Acknowledge,
        IComplaints.Act.ResolveFixed,
        IComplaints.Act.ResolveNotFixed,
        IComplaints.Act.ResolveDuplicate,
        IComplaints.Act.ResolveNotOurs,
        IComplaints.Act.Reject,
        IComplaints.Act.Reopen
    ];

    /* A LIFE */

    function test_act_aLife(bytes32 note) public {
        vm.assume(note != 0);
        bytes32 id = _file(1);
        uint40 at = uint40(START) + 1;

        IComplaints.Action memory a = _acts(JUNIOR, id, IComplaints.Act.Acknowledge, note, 1, 1);
        assertEq(a.previous, id);
        _assertStands(id, IComplaints.Stage.Acknowledged, a, JUNIOR, 0, at, 1);
        a = _acts(JUNIOR, id, IComplaints.Act.ResolveFixed, note, 1, 1);
        _assertStands(id, IComplaints.Stage.Resolved, a, JUNIOR, 0, at, 1);
        a = _acts(FILER, id, IComplaints.Act.Reopen, note, 0, 2);
        _assertStands(id, IComplaints.Stage.Reopened, a, FILER, 1, _now(), 2);
        at = _now();
        a = _acts(SENIOR, id, IComplaints.Act.ResolveNotFixed, note, 2, 2);
        _assertStands(id, IComplaints.Stage.Resolved, a, SENIOR, 1, at, 2);
        a = _acts(JUNIOR, id, IComplaints.Act.Reopen, note, 1, 3);
        at = _now();
        a = _acts(JUNIOR, id, IComplaints.Act.ResolveNotOurs, note, 1, 3);
        _assertStands(id, IComplaints.Stage.Resolved, a, JUNIOR, 2, at, 3);
        a = _acts(SENIOR, id, IComplaints.Act.Reopen, note, 2, 4);
        at = _now();
        a = _acts(SENIOR, id, IComplaints.Act.Reject, note, 2, 4);
        _assertStands(id, IComplaints.Stage.Rejected, a, SENIOR, 3, at, 4);
        assertEq(a.index, 8);
    }

    function test_act_theHashIsOfTheWholeAction(uint256 seed, address signer) public {
        IComplaints.Action memory a = _next(_file(1), IComplaints.Act.Acknowledge);
        bytes32 hash = complaints.actionHash(a, signer);
        assertNotEq(complaints.actionHash(a, address(uint160(signer) ^ 1)), hash);
        uint256 which = seed % 6;
        if (which == 0) a.act = IComplaints.Act.Reject;
        if (which == 1) a.complaint = bytes32(~uint256(a.complaint));
        if (which == 2) a.index += 1;
        if (which == 3) a.previous = bytes32(~uint256(a.previous));
        if (which == 4) a.note = bytes32(~uint256(a.note));
        if (which == 5) a.duplicateOf = bytes32(uint256(1));
        assertNotEq(complaints.actionHash(a, signer), hash);
    }

    /* WHO */

    function test_act_NotOfficial(address stranger, uint256 which) public {
        vm.assume(stranger != JUNIOR && stranger != SENIOR && stranger != FILER);
        bytes32 id = _file(1);
        bytes memory reason = abi.encodeWithSelector(IComplaints.NotOfficial.selector, AREA, stranger);
        IComplaints.Act act = _all[2 + which % 5];
        _refused(stranger, _next(id, act), reason);
        _act(JUNIOR, id, IComplaints.Act.Reject);
        _refused(stranger, _next(id, IComplaints.Act.Reopen), reason);
    }

    function test_act_NotOfficial_ofAnotherArea() public {
        bytes32 id = _file(1);
        bytes memory reason = abi.encodeWithSelector(IComplaints.NotOfficial.selector, AREA, ELSEWHERE);
        _refused(ELSEWHERE, _next(id, IComplaints.Act.Acknowledge), reason);
    }

    /// @dev The filer may reopen, and nothing else.
    function test_act_NotOfficial_theFiler(uint256 which) public {
        bytes32 id = _file(1);
        bytes memory reason = abi.encodeWithSelector(IComplaints.NotOfficial.selector, AREA, FILER);
        _refused(FILER, _next(id, _all[2 + which % 6]), reason);
    }

    function test_act_NotOfficial_supporters() public {
        bytes32 id = _file(1);
        _act(JUNIOR, id, IComplaints.Act.ResolveNotFixed);
        bytes memory reason = abi.encodeWithSelector(IComplaints.NotOfficial.selector, AREA, SUPPORTER);
        _refused(SUPPORTER, _next(id, IComplaints.Act.Reopen), reason);
    }

    function test_act_NotOfficial_outsideOfTheTerm(uint40 from, uint40 until, uint40 at) public {
        from = uint40(bound(from, _now(), _now() + 1000));
        until = uint40(bound(until, from + 1, from + 1000));
        at = uint40(bound(at, _now(), _now() + 3000));
        address wallet = makeAddr("of a term");
        vm.prank(ADMIN);
        officials.grant(AREA, wallet, 1, from, until);
        bytes32 id = _file(1);
        vm.warp(at);
        if (at >= from && at < until) {
            _act(wallet, id, IComplaints.Act.Acknowledge);
            return;
        }
        bytes memory reason = abi.encodeWithSelector(IComplaints.NotOfficial.selector, AREA, wallet);
        _refused(wallet, _next(id, IComplaints.Act.Acknowledge), reason);
    }

    function test_act_NotOfficial_revoked() public {
        bytes32 id = _file(1);
        _act(JUNIOR, id, IComplaints.Act.Acknowledge);
        IComplaints.Complaint memory before = complaints.complaint(id);
        vm.prank(ADMIN);
        officials.revoke(AREA, JUNIOR, 0);
        // What was done stays as it was done.
        assertEq(abi.encode(complaints.complaint(id)), abi.encode(before));
        bytes memory reason = abi.encodeWithSelector(IComplaints.NotOfficial.selector, AREA, JUNIOR);
        _refused(JUNIOR, _next(id, IComplaints.Act.ResolveFixed), reason);
    }

    function test_act_ofAllAreas(uint8 level) public {
        level = uint8(bound(level, 1, 9));
        address wallet = makeAddr("chairman");
        vm.prank(ADMIN);
        officials.grant(0, wallet, level, 0, FOREVER);
        _acts(wallet, _file(1), IComplaints.Act.ResolveFixed, NO_WORDS, level, 1);
    }

    /* IN ORDER */

    function test_act_NoComplaint(bytes32 id, uint256 which) public {
        IComplaints.Action memory a = _next(id, _all[which % _all.length]);
        _refused(JUNIOR, a, abi.encodeWithSelector(IComplaints.NoComplaint.selector, id));
    }

    function test_act_WrongIndex(uint32 index) public {
        bytes32 id = _file(1);
        _act(JUNIOR, id, IComplaints.Act.Acknowledge);
        vm.assume(index != 2);
        IComplaints.Action memory a = _next(id, IComplaints.Act.ResolveFixed);
        a.index = index;
        _refused(JUNIOR, a, abi.encodeWithSelector(IComplaints.WrongIndex.selector, id, 2, index));
    }

    function test_act_WrongPrevious(bytes32 previous) public {
        bytes32 id = _file(1);
        IComplaints.Action memory a = _next(id, IComplaints.Act.Acknowledge);
        vm.assume(previous != id);
        a.previous = previous;
        _refused(JUNIOR, a, abi.encodeWithSelector(IComplaints.WrongPrevious.selector, id, id, previous));

        bytes32 head = complaints.actionHash(_act(JUNIOR, id, IComplaints.Act.Acknowledge), JUNIOR);
        vm.assume(previous != head);
        a = _next(id, IComplaints.Act.ResolveFixed);
        a.previous = previous;
        _refused(JUNIOR, a, abi.encodeWithSelector(IComplaints.WrongPrevious.selector, id, head, previous));
    }

    /// @dev Two officials at once: the second sees what the first did before it does anything.
    function test_act_twoAtOnce() public {
        bytes32 id = _file(1);
        IComplaints.Action memory first = _next(id, IComplaints.Act.ResolveFixed);
        IComplaints.Action memory second = _next(id, IComplaints.Act.Reject);
        vm.prank(JUNIOR);
        complaints.act(_one(first));
        _refused(SENIOR, second, abi.encodeWithSelector(IComplaints.WrongIndex.selector, id, 2, 1));
    }

    /// @dev Every act after every other: exactly those that the rules allow.
    function test_act_InvalidTransition(uint256 steps, uint256 which) public {
        bytes32 id = _file(1);
        bytes32 original = _file(2);
        for (uint256 i; i < steps % 4; ++i) {
            _actIfAllowed(id, _all[2 + (which >> (8 * i)) % 7], original);
        }
        IComplaints.Act last = complaints.complaint(id).last;
        for (uint256 i; i < _all.length; ++i) {
            IComplaints.Action memory a = _next(id, _all[i]);
            if (a.act == IComplaints.Act.ResolveDuplicate) a.duplicateOf = original;
            bytes memory reason = abi.encodeWithSelector(IComplaints.InvalidTransition.selector, id, last, _all[i]);
            if (!_allowed(last, _all[i])) _refused(JUNIOR, a, reason);
            else assertEq(complaints.refusal(a, JUNIOR), "");
        }
    }

    function test_act_NoNote() public {
        bytes32 id = _file(1);
        IComplaints.Action memory a = _next(id, IComplaints.Act.Acknowledge);
        a.note = 0;
        _refused(JUNIOR, a, abi.encodeWithSelector(IComplaints.NoNote.selector, id));
    }

    /* DUPLICATES */

    function test_act_duplicate() public {
        (bytes32 id, bytes32 original) = (_file(1), _file(2));
        IComplaints.Action memory a = _next(id, IComplaints.Act.ResolveDuplicate);
        a.duplicateOf = original;
        vm.prank(JUNIOR);
        complaints.act(_one(a));
        assertEq(uint256(complaints.complaint(id).last), uint256(IComplaints.Act.ResolveDuplicate));
        assertEq(uint256(complaints.complaint(id).stage), uint256(IComplaints.Stage.Resolved));
    }

    function test_act_InvalidDuplicate(bytes32 unknown) public {
        bytes32 id = _file(1);
        vm.assume(unknown != id && unknown != 0);
        IComplaints.Action memory a = _next(id, IComplaints.Act.ResolveDuplicate);
        bytes32[3] memory wrong = [bytes32(0), id, unknown];
        for (uint256 i; i < wrong.length; ++i) {
            a.duplicateOf = wrong[i];
            _refused(JUNIOR, a, abi.encodeWithSelector(IComplaints.InvalidDuplicate.selector, id, wrong[i]));
        }
        a.act = IComplaints.Act.ResolveFixed;
        _refused(JUNIOR, a, abi.encodeWithSelector(IComplaints.InvalidDuplicate.selector, id, unknown));
    }

    function test_act_InvalidDuplicate_ofAnotherArea() public {
        IComplaints.Filing memory f = _filing(2);
        f.area = OTHER_AREA;
        vm.prank(FILER);
        bytes32 elsewhere = complaints.file(f);
        bytes32 id = _file(1);
        IComplaints.Action memory a = _next(id, IComplaints.Act.ResolveDuplicate);
        a.duplicateOf = elsewhere;
        _refused(JUNIOR, a, abi.encodeWithSelector(IComplaints.InvalidDuplicate.selector, id, elsewhere));
    }

    /// @dev No complaints are all closed as duplicates of each other.
    function test_act_InvalidDuplicate_inACircle() public {
        bytes32[3] memory ids = [_file(1), _file(2), _file(3)];
        for (uint256 i; i < 2; ++i) {
            IComplaints.Action memory a = _next(ids[i], IComplaints.Act.ResolveDuplicate);
            a.duplicateOf = ids[i + 1];
            vm.prank(JUNIOR);
            complaints.act(_one(a));
        }
        IComplaints.Action memory last = _next(ids[2], IComplaints.Act.ResolveDuplicate);
        for (uint256 i; i < 2; ++i) {
            last.duplicateOf = ids[i];
            _refused(JUNIOR, last, abi.encodeWithSelector(IComplaints.InvalidDuplicate.selector, ids[2], ids[i]));
        }
    }

    /* LISTS */

    function test_act_aList(uint256 count) public {
        count = bound(count, 1, 12);
        IComplaints.Action[] memory actions = new IComplaints.Action[](2 * count);
        for (uint256 i; i < count; ++i) {
            bytes32 id = _file(i);
            actions[2 * i] = _next(id, IComplaints.Act.Acknowledge);
            actions[2 * i + 1] = _next(id, IComplaints.Act.ResolveFixed);
            actions[2 * i + 1].index = 2;
            actions[2 * i + 1].previous = complaints.actionHash(actions[2 * i], JUNIOR);
        }
        vm.prank(JUNIOR);
        assertEq(complaints.act(actions), 2 * count);
        for (uint256 i; i < count; ++i) {
            assertEq(
                uint256(complaints.complaint(actions[2 * i].complaint).last), uint256(IComplaints.Act.ResolveFixed)
            );
        }
    }

    /// @dev One that is refused is named, and the others are done.
    function test_act_ActionRefused(uint256 bad) public {
        bad = bound(bad, 0, 2);
        IComplaints.Action[] memory actions = new IComplaints.Action[](3);
        for (uint256 i; i < 3; ++i) {
            actions[i] = _next(_file(i), IComplaints.Act.Acknowledge);
        }
        actions[bad].previous = "another history";
        bytes32 id = actions[bad].complaint;
        bytes memory reason =
            abi.encodeWithSelector(IComplaints.WrongPrevious.selector, id, id, bytes32("another history"));
        vm.expectEmit(address(complaints));
        emit IComplaints.ActionRefused(id, JUNIOR, 1, reason);
        vm.prank(JUNIOR);
        assertEq(complaints.act(actions), 2);
        for (uint256 i; i < 3; ++i) {
            assertEq(complaints.complaint(actions[i].complaint).index, i == bad ? 0 : 1);
        }
    }

    /// @dev Nothing is half done silently: where nothing could be done, nothing happened.
    function test_act_revertsWithTheFirstReasonIfNothingIsDone() public {
        IComplaints.Action[] memory actions = new IComplaints.Action[](2);
        bytes32 id = _file(1);
        actions[0] = _next(id, IComplaints.Act.Reopen);
        actions[1] = _next("none", IComplaints.Act.Acknowledge);
        vm.expectRevert(
            abi.encodeWithSelector(
                IComplaints.InvalidTransition.selector, id, IComplaints.Act.File, IComplaints.Act.Reopen
            )
        );
        vm.prank(JUNIOR);
        complaints.act(actions);
    }

    function test_act_NothingToDo() public {
        vm.expectRevert(ISubmissions.NothingToDo.selector);
        vm.prank(JUNIOR);
        complaints.act(new IComplaints.Action[](0));
    }

    /* INTERNAL */

    /// @dev Does the next action a while later, and expects the event that carries all of it.
    function _acts(address signer, bytes32 id, IComplaints.Act act, bytes32 note, uint8 signerLevel, uint8 level)
        private
        returns (IComplaints.Action memory a)
    {
        vm.warp(vm.getBlockTimestamp() + 60);
        a = _next(id, act);
        a.note = note;
        vm.expectEmit(address(complaints));
        emit IComplaints.Acted(
            id,
            AREA,
            signer,
            act,
            a.index,
            complaints.actionHash(a, signer),
            note,
            0,
            signerLevel,
            level,
            FUSE_CLOCK,
            _now()
        );
        vm.prank(signer);
        assertEq(complaints.act(_one(a)), 1);
    }

    function _assertStands(
        bytes32 id,
        IComplaints.Stage stage,
        IComplaints.Action memory a,
        address signer,
        uint32 reopenings,
        uint40 openedAt,
        uint8 level
    ) private view {
        IComplaints.Complaint memory want = IComplaints.Complaint({
            area: AREA,
            class: FUSE,
            filer: FILER,
            filedAt: uint40(START) + 1,
            stage: stage,
            last: a.act,
            lastAt: _now(),
            index: a.index,
            head: complaints.actionHash(a, signer),
            reopenings: reopenings,
            openedAt: openedAt,
            clock: FUSE_CLOCK,
            dueAt: openedAt + FUSE_CLOCK,
            level: level
        });
        assertEq(abi.encode(complaints.complaint(id)), abi.encode(want));
    }

    function _actIfAllowed(bytes32 id, IComplaints.Act act, bytes32 original) private {
        if (!_allowed(complaints.complaint(id).last, act)) return;
        IComplaints.Action memory a = _next(id, act);
        if (act == IComplaints.Act.ResolveDuplicate) a.duplicateOf = original;
        vm.prank(JUNIOR);
        complaints.act(_one(a));
    }

    /// @dev The rules once more, as a table: rows what was last, columns what comes, in the order of the acts.
    function _allowed(IComplaints.Act last, IComplaints.Act next) private pure returns (bool) {
        bytes9[9] memory table = [
            bytes9("000000000"),
            "001111110",
            "000111110",
            "000000001",
            "000000001",
            "000000001",
            "000000001",
            "000000001",
            "001111110"
        ];
        return table[uint256(last)][uint256(next)] == "1";
    }
}
