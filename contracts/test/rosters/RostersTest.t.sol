// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Rosters} from "../../src/Rosters.sol";
import {IRosters} from "../../src/interfaces/IRosters.sol";
import {AreaId} from "../../src/libraries/AreaId.sol";
import {BaseTest} from "../BaseTest.sol";

contract RostersTest is BaseTest {
    uint40 private constant DELAY = 1 hours;
    bytes32 private constant ALL = 0;
    bytes32 private constant AREA = "ambala-1";

    Rosters private rosters;

    function setUp() public override {
        super.setUp();
        rosters = new Rosters(address(manager), DELAY);
        vm.prank(ADMIN);
        rosters.grantRegistrar(REGISTRAR, ALL);
    }

    function test_delay(uint40 delay) public {
        assertEq(rosters.delay(), DELAY);
        assertEq(new Rosters(address(manager), delay).delay(), delay);
    }

    /* REGISTRARS */

    function test_grantRegistrar_ofAnArea(address registrar, uint256 area, uint256 other) public {
        vm.assume(registrar != REGISTRAR);
        (bytes32 a, bytes32 b) = (_anyArea(area), _anyArea(other));
        vm.assume(a != b);
        vm.expectEmit(address(rosters));
        emit IRosters.RegistrarGranted(registrar, a);
        vm.prank(ADMIN);
        rosters.grantRegistrar(registrar, a);

        assertTrue(rosters.isRegistrar(registrar, a));
        assertFalse(rosters.isRegistrar(registrar, b));
        assertFalse(rosters.isRegistrar(registrar, ALL));
        _publishAs(registrar, a, 1, _earliest());
        vm.expectRevert(abi.encodeWithSelector(IRosters.NotRegistrar.selector, registrar, b));
        _publishAs(registrar, b, 1, _earliest());
    }

    function test_grantRegistrar_ofAllAreas(address registrar, uint256 area) public {
        vm.assume(registrar != REGISTRAR);
        assertFalse(rosters.isRegistrar(registrar, _anyArea(area)));
        vm.prank(ADMIN);
        rosters.grantRegistrar(registrar, ALL);
        assertTrue(rosters.isRegistrar(registrar, _anyArea(area)));
        _publishAs(registrar, _anyArea(area), 1, _earliest());
    }

    function test_grantRegistrar_onlyAdministration(address caller) public {
        _notAdmin(caller);
        rosters.grantRegistrar(caller, ALL);
    }

    function test_grantRegistrar_InvalidArea() public {
        vm.expectRevert(abi.encodeWithSelector(AreaId.InvalidArea.selector, bytes32("a b")));
        vm.prank(ADMIN);
        rosters.grantRegistrar(REGISTRAR, "a b");
    }

    function test_grantRegistrar_AlreadyRegistrar() public {
        vm.startPrank(ADMIN);
        vm.expectRevert(abi.encodeWithSelector(IRosters.AlreadyRegistrar.selector, REGISTRAR, ALL));
        rosters.grantRegistrar(REGISTRAR, ALL);
        rosters.grantRegistrar(REGISTRAR, AREA);
        vm.expectRevert(abi.encodeWithSelector(IRosters.AlreadyRegistrar.selector, REGISTRAR, AREA));
        rosters.grantRegistrar(REGISTRAR, AREA);
    }

    function test_revokeRegistrar(uint256 area) public {
        bytes32 a = _anyArea(area);
        vm.prank(ADMIN);
        rosters.grantRegistrar(REGISTRAR, a);

        vm.expectEmit(address(rosters));
        emit IRosters.RegistrarRevoked(REGISTRAR, ALL);
        vm.prank(ADMIN);
        rosters.revokeRegistrar(REGISTRAR, ALL);
        assertTrue(rosters.isRegistrar(REGISTRAR, a), "its own grant remains");

        vm.prank(ADMIN);
        rosters.revokeRegistrar(REGISTRAR, a);
        assertFalse(rosters.isRegistrar(REGISTRAR, a));
        vm.expectRevert(abi.encodeWithSelector(IRosters.NotRegistrar.selector, REGISTRAR, a));
        _publishAs(REGISTRAR, a, 1, _earliest());
    }

    function test_revokeRegistrar_onlyAdministration(address caller) public {
        _notAdmin(caller);
        rosters.revokeRegistrar(REGISTRAR, ALL);
    }

    /// @dev A grant of all areas is not one of a single area, and cannot be taken back as one.
    function test_revokeRegistrar_NotRegistrar(address account, bytes32 area) public {
        vm.assume(account != REGISTRAR || area != ALL);
        vm.expectRevert(abi.encodeWithSelector(IRosters.NotRegistrar.selector, account, area));
        vm.prank(ADMIN);
        rosters.revokeRegistrar(account, area);

        vm.expectRevert(abi.encodeWithSelector(IRosters.NotRegistrar.selector, REGISTRAR, AREA));
        vm.prank(ADMIN);
        rosters.revokeRegistrar(REGISTRAR, AREA);
    }

    /* PUBLISHING */

    function test_publish(uint256 seed, bytes32 digest, bytes32 root, uint32 devices, uint40 effectiveFrom) public {
        vm.assume(digest != 0 && root != 0);
        effectiveFrom = uint40(bound(effectiveFrom, _earliest(), _latest()));
        bytes32 area = _anyArea(seed);
        vm.expectEmit(address(rosters));
        emit IRosters.RosterPublished(area, 1, digest, root, devices, effectiveFrom);
        vm.prank(REGISTRAR);
        rosters.publish(area, 1, digest, root, devices, effectiveFrom);

        assertEq(rosters.versions(area), 1);
        IRosters.Roster memory want = IRosters.Roster(digest, root, devices, effectiveFrom, uint40(START));
        assertEq(abi.encode(rosters.roster(area, 1)), abi.encode(want));
    }

    function test_publish_NotRegistrar(address caller) public {
        vm.assume(caller != REGISTRAR);
        vm.expectRevert(abi.encodeWithSelector(IRosters.NotRegistrar.selector, caller, AREA));
        _publishAs(caller, AREA, 1, _earliest());
    }

    function test_publish_InvalidArea() public {
        bytes32[3] memory invalid = [ALL, bytes32("A"), bytes32("a b")];
        for (uint256 i; i < invalid.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(AreaId.InvalidArea.selector, invalid[i]));
            _publishAs(REGISTRAR, invalid[i], 1, _earliest());
        }
    }

    function test_publish_WrongVersion(uint64 version) public {
        vm.assume(version != 1);
        vm.expectRevert(abi.encodeWithSelector(IRosters.WrongVersion.selector, 1, version));
        _publishAs(REGISTRAR, AREA, version, _earliest());

        _publishAs(REGISTRAR, AREA, 1, _earliest());
        vm.assume(version != 2);
        vm.expectRevert(abi.encodeWithSelector(IRosters.WrongVersion.selector, 2, version));
        _publishAs(REGISTRAR, AREA, version, _earliest());
    }

    function test_publish_InvalidRoster(bytes32 digest, bytes32 root, bool which) public {
        if (which) digest = 0;
        else root = 0;
        vm.expectRevert(abi.encodeWithSelector(IRosters.InvalidRoster.selector, digest, root));
        vm.prank(REGISTRAR);
        rosters.publish(AREA, 1, digest, root, 1, uint40(START) + DELAY);
    }

    function test_publish_WrongEffectiveFrom_tooEarly(uint40 effectiveFrom) public {
        effectiveFrom = uint40(bound(effectiveFrom, 0, _earliest() - 1));
        vm.expectRevert(
            abi.encodeWithSelector(IRosters.WrongEffectiveFrom.selector, _earliest(), _latest(), effectiveFrom)
        );
        _publishAs(REGISTRAR, AREA, 1, effectiveFrom);
    }

    function test_publish_WrongEffectiveFrom_tooLate(uint40 effectiveFrom) public {
        effectiveFrom = uint40(bound(effectiveFrom, _latest() + 1, type(uint40).max));
        vm.expectRevert(
            abi.encodeWithSelector(IRosters.WrongEffectiveFrom.selector, _earliest(), _latest(), effectiveFrom)
        );
        _publishAs(REGISTRAR, AREA, 1, effectiveFrom);
    }

    function test_publish_WrongEffectiveFrom_beforeTheLastOne(uint40 last, uint40 effectiveFrom) public {
        last = uint40(bound(last, _earliest() + 1, _latest()));
        effectiveFrom = uint40(bound(effectiveFrom, _earliest(), last - 1));
        _publishAs(REGISTRAR, AREA, 1, last);
        vm.expectRevert(abi.encodeWithSelector(IRosters.WrongEffectiveFrom.selector, last, _latest(), effectiveFrom));
        _publishAs(REGISTRAR, AREA, 2, effectiveFrom);
        // Another area is another matter, and the same time is not before.
        _publishAs(REGISTRAR, "hisar", 1, effectiveFrom);
        _publishAs(REGISTRAR, AREA, 2, last);
    }

    /* VIEWS */

    function test_roster_NoRoster(uint64 version) public {
        vm.assume(version != 1);
        _publishAs(REGISTRAR, AREA, 1, _earliest());
        vm.expectRevert(abi.encodeWithSelector(IRosters.NoRoster.selector, AREA, version));
        rosters.roster(AREA, version);
        vm.expectRevert(abi.encodeWithSelector(IRosters.NoRoster.selector, bytes32("hisar"), 1));
        rosters.roster("hisar", 1);
    }

    function test_inForce_noneBeforeTheFirst(uint40 time) public {
        (uint64 version, IRosters.Roster memory roster) = rosters.inForce(AREA, time);
        assertEq(version, 0);
        assertEq(abi.encode(roster), abi.encode(IRosters.Roster(0, 0, 0, 0, 0)));

        _publishAs(REGISTRAR, AREA, 1, _earliest());
        (version,) = rosters.inForce(AREA, _earliest() - 1);
        assertEq(version, 0);
        (version,) = rosters.inForce(AREA, _earliest());
        assertEq(version, 1);
    }

    /// @dev Against a search from the end, with versions that share a time among them.
    function test_inForce(uint8[9] memory gaps, uint256 count, uint16 after_) public {
        count = bound(count, 1, gaps.length);
        uint40 effectiveFrom = _earliest();
        for (uint64 i; i < count; ++i) {
            effectiveFrom += gaps[i] / 64;
            _publishAs(REGISTRAR, AREA, i + 1, effectiveFrom);
        }
        uint40 time = _earliest() - 1 + after_ % 40;

        uint64 want = uint64(count);
        while (want != 0 && rosters.roster(AREA, want).effectiveFrom > time) --want;
        (uint64 version, IRosters.Roster memory roster) = rosters.inForce(AREA, time);
        assertEq(version, want);
        if (want != 0) assertEq(abi.encode(roster), abi.encode(rosters.roster(AREA, want)));
    }

    function _publishAs(address caller, bytes32 area, uint64 version, uint40 effectiveFrom) private {
        vm.prank(caller);
        rosters.publish(area, version, keccak256(abi.encode(area, version)), "root", 3, effectiveFrom);
    }

    function _earliest() private pure returns (uint40) {
        return uint40(START) + DELAY;
    }

    function _latest() private pure returns (uint40) {
        return _earliest() + 366 days;
    }
}
