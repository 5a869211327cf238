// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Notices} from "../../src/Notices.sol";
import {INotices} from "../../src/interfaces/INotices.sol";
import {ISigned} from "../../src/interfaces/ISigned.sol";
import {Name} from "../../src/libraries/Name.sol";
import {AccountabilityTest} from "../AccountabilityTest.sol";

contract NoticesTest is AccountabilityTest {
    string private constant REASON = "Transformer is replaced";

    /* ANNOUNCING */

    function test_announce(uint40 start, uint40 length, uint40 restoration, uint256 seed) public {
        INotices.Notice memory n = _notice(seed);
        n.start = uint40(bound(start, 0, _now() + notices.MAX_LEAD()));
        n.end = n.start + uint40(bound(length, 1, notices.MAX_LENGTH()));
        n.restoration = uint40(bound(restoration, n.start, type(uint40).max));
        bytes32 id = _digestOf(_onNotices(), n, REASON, JUNIOR);
        assertEq(notices.noticeId(n, JUNIOR), id);
        _announces(JUNIOR, n, 1, n.start < _now());
        assertEq(abi.encode(notices.notice(id)), abi.encode(_announced(n, 0)));
    }

    function test_announceBySig(address submitter, uint40 deadline, uint256 seed) public {
        deadline = uint40(bound(deadline, _now(), FOREVER));
        INotices.Notice memory n = _notice(seed);
        bytes memory signature = _sign(SENIOR_KEY, _digestOf(_onNotices(), n, REASON, SENIOR, deadline));
        bytes32 id = notices.noticeId(n, SENIOR);
        vm.expectEmit(address(notices));
        emit INotices.NoticeAnnounced(id, AREA, SENIOR, n, false, 2, _now());
        vm.prank(submitter);
        assertEq(notices.announceBySig(n, SENIOR, deadline, signature), id);
        assertEq(abi.encode(notices.notice(id)), abi.encode(_announced(n, 0)));
    }

    /// @dev At its start it is in time; a second after it is late, and says so.
    function test_announce_late() public {
        INotices.Notice memory n = _notice(1);
        n.start = _now();
        _announces(JUNIOR, n, 1, false);
        n.reason = "another";
        n.start = _now() - 1;
        _announces(JUNIOR, n, 1, true);
        assertTrue(notices.notice(notices.noticeId(n, JUNIOR)).late);
    }

    function test_announce_NotOfficial(address stranger) public {
        vm.assume(stranger != JUNIOR && stranger != SENIOR);
        _refused(stranger, _notice(1), abi.encodeWithSelector(INotices.NotOfficial.selector, AREA, stranger));
        _refused(ELSEWHERE, _notice(1), abi.encodeWithSelector(INotices.NotOfficial.selector, AREA, ELSEWHERE));
        vm.prank(ADMIN);
        officials.revoke(AREA, JUNIOR, 0);
        _refused(JUNIOR, _notice(1), abi.encodeWithSelector(INotices.NotOfficial.selector, AREA, JUNIOR));
    }

    function test_announce_UnknownArea(uint256 seed) public {
        INotices.Notice memory n = _notice(1);
        n.area = seed % 2 == 0 ? _anyArea(seed) : bytes32(seed);
        vm.assume(n.area != AREA && n.area != OTHER_AREA);
        vm.prank(ADMIN);
        officials.grant(0, SUPPORTER, 3, 0, FOREVER);
        _refused(SUPPORTER, n, abi.encodeWithSelector(INotices.UnknownArea.selector, n.area));
    }

    function test_announce_AlreadyAnnounced() public {
        INotices.Notice memory n = _notice(1);
        bytes memory signature = _sign(JUNIOR_KEY, _digestOf(_onNotices(), n, REASON, JUNIOR, FOREVER));
        bytes32 id = notices.announceBySig(n, JUNIOR, FOREVER, signature);
        bytes memory reason = abi.encodeWithSelector(INotices.AlreadyAnnounced.selector, id);
        vm.expectRevert(reason);
        notices.announceBySig(n, JUNIOR, FOREVER, signature);
        _refused(JUNIOR, n, reason);
        // Another's is another's.
        _announces(SENIOR, n, 2, false);
    }

    function test_announce_InvalidTimes(uint40 start, uint40 end, uint40 restoration) public {
        INotices.Notice memory n = _notice(1);
        (n.start, n.end, n.restoration) = (start, end, restoration);
        uint256 latest = uint256(_now()) + notices.MAX_LEAD();
        bool valid = start < end && uint256(end) - start <= 7 days && start <= latest && restoration >= start;
        vm.assume(!valid);
        _refusedForItsTimes(n);
    }

    function test_announce_InvalidTimes_atTheEdges() public {
        INotices.Notice memory n = _notice(1);
        n.end = n.start;
        _refusedForItsTimes(n);
        n.end = n.start + 7 days + 1;
        _refusedForItsTimes(n);
        n.end = n.start + 7 days;
        n.restoration = n.start - 1;
        _refusedForItsTimes(n);
        n.start = _now() + 366 days + 1;
        (n.end, n.restoration) = (n.start + 1, n.start);
        _refusedForItsTimes(n);
        n.start -= 1;
        _announces(JUNIOR, n, 1, false);
    }

    function test_announce_NoReason() public {
        INotices.Notice memory n = _notice(1);
        bytes32[2] memory none = [bytes32(0), NO_WORDS];
        for (uint256 i; i < 2; ++i) {
            n.reason = none[i];
            _refused(JUNIOR, n, abi.encodeWithSelector(INotices.NoReason.selector));
        }
    }

    function test_announce_InvalidLongName() public {
        INotices.Notice memory n = _notice(1);
        n.feeder = "ACHHEJA DS";
        _refused(JUNIOR, n, abi.encodeWithSelector(Name.InvalidLongName.selector, n.feeder));
    }

    /* CHANGING */

    function test_announce_aChange(uint40 later) public {
        INotices.Notice memory n = _notice(1);
        bytes32 first = _announces(JUNIOR, n, 1, false);
        INotices.Announced memory before = notices.notice(first);
        vm.warp(n.start + bound(later, 0, 1000));

        // By any official of the area, who thereby does not change what was said before.
        INotices.Notice memory change = _notice(1);
        (change.changes, change.end, change.reason) = (first, n.end + 3600, "It takes longer");
        bytes32 second = _announces(SENIOR, change, 2, _now() > change.start);
        before.changedBy = second;
        assertEq(abi.encode(notices.notice(first)), abi.encode(before));

        INotices.Notice memory withdrawal = _notice(1);
        (withdrawal.changes, withdrawal.withdrawn) = (second, true);
        bytes32 third = _announces(JUNIOR, withdrawal, 1, _now() > withdrawal.start);
        assertEq(notices.notice(second).changedBy, third);
        assertTrue(notices.notice(third).withdrawn);
    }

    function test_announce_AlreadyChanged() public {
        bytes32 first = _announces(JUNIOR, _notice(1), 1, false);
        INotices.Notice memory change = _notice(1);
        (change.changes, change.reason) = (first, "one change");
        bytes32 second = _announces(JUNIOR, change, 1, false);
        change.reason = "another change of the same";
        _refused(SENIOR, change, abi.encodeWithSelector(INotices.AlreadyChanged.selector, first, second));
    }

    function test_announce_NothingToChange(bytes32 none) public {
        INotices.Notice memory n = _notice(1);
        bytes32 first = _announces(JUNIOR, n, 1, false);
        vm.assume(none != first && none != 0);
        n.changes = none;
        _refused(JUNIOR, n, abi.encodeWithSelector(INotices.NothingToChange.selector, none));

        // Of another feeder, and of another area.
        n.changes = first;
        n.feeder = "another";
        _refused(JUNIOR, n, abi.encodeWithSelector(INotices.NothingToChange.selector, first));
        n.feeder = _notice(1).feeder;
        n.area = OTHER_AREA;
        _refused(ELSEWHERE, n, abi.encodeWithSelector(INotices.NothingToChange.selector, first));
    }

    function test_announce_NothingToWithdraw() public {
        INotices.Notice memory n = _notice(1);
        n.withdrawn = true;
        _refused(JUNIOR, n, abi.encodeWithSelector(INotices.NothingToWithdraw.selector));
    }

    /* SIGNATURES */

    function test_announceBySig_Expired(uint40 deadline) public {
        deadline = uint40(bound(deadline, 0, _now() - 1));
        bytes memory signature = _sign(JUNIOR_KEY, _digestOf(_onNotices(), _notice(1), REASON, JUNIOR, deadline));
        vm.expectRevert(abi.encodeWithSelector(ISigned.Expired.selector, deadline, _now()));
        notices.announceBySig(_notice(1), JUNIOR, deadline, signature);
    }

    function test_announceBySig_InvalidSignature(uint256 which) public {
        INotices.Notice memory n = _notice(1);
        bytes memory signature = _sign(JUNIOR_KEY, _digestOf(_onNotices(), n, REASON, JUNIOR, FOREVER));
        if (which % 8 == 0) n.area = OTHER_AREA;
        if (which % 8 == 1) n.feeder = "another";
        if (which % 8 == 2) n.start += 1;
        if (which % 8 == 3) n.end += 1;
        if (which % 8 == 4) n.restoration += 1;
        if (which % 8 == 5) n.reason = "words that were not said";
        if (which % 8 == 6) n.withdrawn = true;
        if (which % 8 == 7) n.changes = "another";
        vm.expectRevert(abi.encodeWithSelector(ISigned.InvalidSignature.selector, JUNIOR));
        notices.announceBySig(n, JUNIOR, FOREVER, signature);
    }

    function test_announceBySig_anotherChainOrContract() public {
        INotices.Notice memory n = _notice(1);
        Notices other = new Notices(address(officials), address(clocks));
        Domain[2] memory elsewhere =
            [Domain(block.chainid + 1, address(notices)), Domain(block.chainid, address(other))];
        for (uint256 i; i < 2; ++i) {
            bytes memory signature = _sign(JUNIOR_KEY, _digestOf(elsewhere[i], n, REASON, JUNIOR, FOREVER));
            vm.expectRevert(abi.encodeWithSelector(ISigned.InvalidSignature.selector, JUNIOR));
            notices.announceBySig(n, JUNIOR, FOREVER, signature);
        }
    }

    /// @dev Many in one transaction, as for complaints.
    function test_submit() public {
        bytes[] memory calls = new bytes[](3);
        for (uint256 i; i < 3; ++i) {
            INotices.Notice memory n = _notice(i);
            (n.reason, n.start) = (bytes32(i + 1), n.start + uint40(i));
            calls[i] = abi.encodeCall(notices.announce, (n));
        }
        vm.prank(JUNIOR);
        assertEq(notices.submit(calls, 200_000), 3);
    }

    /* INTERNAL */

    function _notice(uint256 seed) private pure returns (INotices.Notice memory) {
        return INotices.Notice({
            area: AREA,
            feeder: seed % 3 == 0 ? "" : _text(_anyArea(seed)),
            start: uint40(START) + 10_000,
            end: uint40(START) + 20_000,
            restoration: uint40(START) + 20_000,
            reason: keccak256(bytes(REASON)),
            withdrawn: false,
            changes: 0
        });
    }

    function _announces(address signer, INotices.Notice memory n, uint8 level, bool late) private returns (bytes32 id) {
        id = notices.noticeId(n, signer);
        vm.expectEmit(address(notices));
        emit INotices.NoticeAnnounced(id, n.area, signer, n, late, level, _now());
        vm.prank(signer);
        assertEq(notices.announce(n), id);
    }

    function _announced(INotices.Notice memory n, bytes32 changedBy) private view returns (INotices.Announced memory) {
        return INotices.Announced({
            place: keccak256(abi.encode(n.area, n.feeder)),
            start: n.start,
            end: n.end,
            restoration: n.restoration,
            at: _now(),
            late: _now() > n.start,
            withdrawn: n.withdrawn,
            changedBy: changedBy
        });
    }

    function _refusedForItsTimes(INotices.Notice memory n) private {
        _refused(JUNIOR, n, abi.encodeWithSelector(INotices.InvalidTimes.selector, n.start, n.end, n.restoration));
    }

    function _refused(address signer, INotices.Notice memory n, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(signer);
        notices.announce(n);
    }
}
