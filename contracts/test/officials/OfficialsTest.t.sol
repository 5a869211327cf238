// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Officials} from "../../src/Officials.sol";
import {IOfficials} from "../../src/interfaces/IOfficials.sol";
import {AreaId} from "../../src/libraries/AreaId.sol";
import {BaseTest} from "../BaseTest.sol";

contract OfficialsTest is BaseTest {
    bytes32 private constant ALL = 0;
    bytes32 private constant AREA = "palwal-3";
    bytes32 private constant OTHER_AREA = "hisar";
    address private immutable WALLET = makeAddr("wallet");

    Officials private officials;

    function setUp() public override {
        super.setUp();
        officials = new Officials(address(manager));
    }

    /* GRANTING */

    function test_grant(uint256 seed, address wallet, uint8 level, uint40 from, uint40 until) public {
        vm.assume(wallet != address(0));
        bytes32 area = _anyArea(seed);
        level = uint8(bound(level, 1, officials.MAX_LEVEL()));
        from = uint40(bound(from, START, type(uint40).max - 1));
        until = uint40(bound(until, from + 1, type(uint40).max));
        vm.expectEmit(address(officials));
        emit IOfficials.OfficialGranted(area, wallet, 0, level, from, until);
        vm.prank(ADMIN);
        assertEq(officials.grant(area, wallet, level, from, until), 0);

        IOfficials.Grant[] memory grants = officials.grants(area, wallet);
        assertEq(grants.length, 1);
        assertEq(abi.encode(grants[0]), abi.encode(IOfficials.Grant(level, from, until, 0)));
        assertEq(officials.levelAt(area, wallet, from - 1), 0);
        assertEq(officials.levelAt(area, wallet, from), level);
        assertEq(officials.levelAt(area, wallet, until - 1), level);
        assertEq(officials.levelAt(area, wallet, until), 0);
        assertEq(officials.levelOf(area, wallet), from == START ? level : 0);
    }

    function test_grant_isOfOneAreaAndOneWallet(uint256 area, uint256 other, address stranger) public {
        vm.assume(_anyArea(area) != _anyArea(other) && stranger != WALLET);
        _grant(_anyArea(area), 3, uint40(START), type(uint40).max);
        assertEq(officials.levelOf(_anyArea(area), WALLET), 3);
        assertEq(officials.levelOf(_anyArea(other), WALLET), 0);
        assertEq(officials.levelOf(_anyArea(area), stranger), 0);
    }

    function test_grant_ofAllAreas(uint256 area) public {
        _grant(ALL, 4, uint40(START), type(uint40).max);
        assertEq(officials.levelOf(_anyArea(area), WALLET), 4);
        // One for the area itself goes before it, as long as it is in force.
        _grant(_anyArea(area), 2, uint40(START), uint40(START) + 10);
        assertEq(officials.levelOf(_anyArea(area), WALLET), 2);
        assertEq(officials.levelAt(_anyArea(area), WALLET, uint40(START) + 10), 4);
        assertEq(officials.grants(ALL, WALLET).length, 1);
    }

    function test_grant_fromNow() public {
        vm.expectEmit(address(officials));
        emit IOfficials.OfficialGranted(AREA, WALLET, 0, 1, uint40(START), type(uint40).max);
        _grant(AREA, 1, 0, type(uint40).max);
        assertEq(officials.levelOf(AREA, WALLET), 1);
    }

    function test_grant_onlyAdministration(address caller) public {
        _notAdmin(caller);
        officials.grant(AREA, WALLET, 1, 0, type(uint40).max);
    }

    function test_grant_InvalidArea() public {
        vm.expectRevert(abi.encodeWithSelector(AreaId.InvalidArea.selector, bytes32("a b")));
        _grant("a b", 1, 0, type(uint40).max);
    }

    function test_grant_InvalidWallet() public {
        vm.expectRevert(IOfficials.InvalidWallet.selector);
        vm.prank(ADMIN);
        officials.grant(AREA, address(0), 1, 0, type(uint40).max);
    }

    function test_grant_InvalidLevel(uint8 level) public {
        if (level <= 9) level = 0;
        vm.expectRevert(abi.encodeWithSelector(IOfficials.InvalidLevel.selector, level, 9));
        _grant(AREA, level, 0, type(uint40).max);
    }

    function test_grant_InvalidTerm(uint40 from, uint40 until) public {
        // Either backdated, or over before it begins.
        if (from >= START) until = uint40(bound(until, 0, from));
        else from = uint40(bound(from, 1, START - 1));
        vm.expectRevert(abi.encodeWithSelector(IOfficials.InvalidTerm.selector, from, until, START));
        _grant(AREA, 1, from, until);
    }

    function test_grant_TermsOverlap(uint40 from) public {
        _grant(AREA, 1, uint40(START) + 10, uint40(START) + 100);
        from = uint40(bound(from, START, START + 99));
        vm.expectRevert(abi.encodeWithSelector(IOfficials.TermsOverlap.selector, AREA, WALLET, START + 100));
        _grant(AREA, 2, from, type(uint40).max);

        // From its end on, for another area, and for another wallet it is no matter.
        _grant(AREA, 2, uint40(START) + 100, type(uint40).max);
        _grant(OTHER_AREA, 2, from, type(uint40).max);
        vm.prank(ADMIN);
        officials.grant(AREA, makeAddr("another"), 2, from, type(uint40).max);
        assertEq(officials.levelAt(AREA, WALLET, uint40(START) + 99), 1);
        assertEq(officials.levelAt(AREA, WALLET, uint40(START) + 100), 2);
    }

    /* REVOKING */

    function test_revoke(uint40 from, uint40 until, uint40 at) public {
        from = uint40(bound(from, START, START + 1000));
        until = uint40(bound(until, from + 1, START + 2000));
        at = uint40(bound(at, START, until - 1));
        _grant(AREA, 5, from, until);
        vm.warp(at);
        vm.expectEmit(address(officials));
        emit IOfficials.OfficialRevoked(AREA, WALLET, 0, at);
        _revoke(AREA, 0);

        assertEq(officials.levelOf(AREA, WALLET), 0);
        assertEq(abi.encode(officials.grants(AREA, WALLET)[0]), abi.encode(IOfficials.Grant(5, from, until, at)));
        // The past stays: it was in force until then, if it was at all.
        if (at > from) assertEq(officials.levelAt(AREA, WALLET, at - 1), 5);
        for (uint40 t = at; t < at + 3; ++t) {
            assertEq(officials.levelAt(AREA, WALLET, t), 0);
        }
    }

    function test_revoke_leavesAGrantForAllAreas() public {
        _grant(ALL, 4, uint40(START), type(uint40).max);
        _grant(AREA, 2, uint40(START), type(uint40).max);
        _revoke(AREA, 0);
        assertEq(officials.levelOf(AREA, WALLET), 4);
        _revoke(ALL, 0);
        assertEq(officials.levelOf(AREA, WALLET), 0);
    }

    /// @dev A lost key, in one transaction: the wallet's grant ends, another wallet's begins.
    function test_revoke_replacesALostKeyInOneTransaction() public {
        _grant(AREA, 1, uint40(START), type(uint40).max);
        address replacement = makeAddr("replacement");
        bytes[] memory calls = new bytes[](2);
        calls[0] =
            abi.encodeCall(manager.execute, (address(officials), abi.encodeCall(officials.revoke, (AREA, WALLET, 0))));
        calls[1] = abi.encodeCall(
            manager.execute,
            (address(officials), abi.encodeCall(officials.grant, (AREA, replacement, 1, 0, type(uint40).max)))
        );
        vm.warp(START + 50);
        vm.prank(ADMIN);
        manager.multicall(calls);
        assertEq(officials.levelOf(AREA, WALLET), 0);
        assertEq(officials.levelOf(AREA, replacement), 1);
        assertEq(officials.levelAt(AREA, WALLET, uint40(START) + 49), 1);
    }

    function test_revoke_andGrantAgain() public {
        _grant(AREA, 1, uint40(START), type(uint40).max);
        vm.warp(START + 50);
        _revoke(AREA, 0);
        _grant(AREA, 2, 0, type(uint40).max);
        assertEq(officials.levelOf(AREA, WALLET), 2);
        assertEq(officials.levelAt(AREA, WALLET, uint40(START) + 49), 1);
        assertEq(officials.grants(AREA, WALLET).length, 2);
    }

    function test_revoke_aGrantStillToCome() public {
        _grant(AREA, 1, uint40(START), uint40(START) + 100);
        _grant(AREA, 2, uint40(START) + 200, type(uint40).max);
        _revoke(AREA, 1);
        assertEq(officials.levelAt(AREA, WALLET, uint40(START) + 99), 1);
        assertEq(officials.levelAt(AREA, WALLET, uint40(START) + 200), 0);
        // Its place in time is free again, up to the one before.
        _grant(AREA, 3, uint40(START) + 100, type(uint40).max);
        assertEq(officials.levelAt(AREA, WALLET, uint40(START) + 99), 1);
        assertEq(officials.levelAt(AREA, WALLET, uint40(START) + 100), 3);
    }

    function test_revoke_onlyAdministration(address caller) public {
        _grant(AREA, 1, 0, type(uint40).max);
        _notAdmin(caller);
        officials.revoke(AREA, WALLET, 0);
    }

    function test_revoke_NoGrant(uint256 index) public {
        _grant(AREA, 1, 0, type(uint40).max);
        index = bound(index, 1, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(IOfficials.NoGrant.selector, AREA, WALLET, index));
        _revoke(AREA, index);
    }

    function test_revoke_GrantOver() public {
        _grant(AREA, 1, 0, uint40(START) + 10);
        vm.warp(START + 10);
        vm.expectRevert(abi.encodeWithSelector(IOfficials.GrantOver.selector, AREA, WALLET, 0));
        _revoke(AREA, 0);

        _grant(AREA, 1, 0, type(uint40).max);
        _revoke(AREA, 1);
        vm.expectRevert(abi.encodeWithSelector(IOfficials.GrantOver.selector, AREA, WALLET, 1));
        _revoke(AREA, 1);
    }

    /* VIEWS */

    /// @dev Against a plain search, over terms with gaps, some of them revoked.
    function test_levelAt(uint8[6] memory gaps, uint8[6] memory lengths, uint8 revoked, uint16 time) public {
        uint40 from = uint40(START);
        for (uint256 i; i < gaps.length; ++i) {
            from += gaps[i];
            _grant(AREA, uint8(i + 1), from, from + 1 + lengths[i]);
            from += uint40(1) + lengths[i];
        }
        vm.warp(START + 200);
        for (uint256 i; i < gaps.length; ++i) {
            IOfficials.Grant memory g = officials.grants(AREA, WALLET)[i];
            if ((revoked >> i) & 1 == 1 && g.until > START + 200) _revoke(AREA, i);
        }

        IOfficials.Grant[] memory grants = officials.grants(AREA, WALLET);
        uint40 at = uint40(START) + time % 4000;
        uint8 want;
        for (uint256 i; i < grants.length; ++i) {
            IOfficials.Grant memory g = grants[i];
            if (g.from <= at && at < g.until && (g.revokedAt == 0 || at < g.revokedAt)) want = g.level;
        }
        assertEq(officials.levelAt(AREA, WALLET, at), want);
    }

    function _grant(bytes32 area, uint8 level, uint40 from, uint40 until) private {
        vm.prank(ADMIN);
        officials.grant(area, WALLET, level, from, until);
    }

    function _revoke(bytes32 area, uint256 index) private {
        vm.prank(ADMIN);
        officials.revoke(area, WALLET, index);
    }
}
