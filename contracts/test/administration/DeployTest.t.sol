// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Deploy} from "../../../script/Deploy.s.sol";
import {BaseTest} from "../BaseTest.sol";

contract DeployTest is BaseTest {
    Deploy private script;

    function setUp() public override {
        script = new Deploy();
    }

    /// @dev Everything knows what it needs, and obeys the administrator alone.
    function test_deploy(address admin, address stranger, uint40 delay) public {
        vm.assume(admin != stranger && admin != address(0) && stranger != address(0));
        Deploy.Deployment memory d = script.deploy(admin, delay);
        address[4] memory administered =
            [address(d.anchors), address(d.rosters), address(d.officials), address(d.clocks)];
        bytes4[4] memory acts = [
            d.anchors.openLane.selector,
            d.rosters.grantRegistrar.selector,
            d.officials.grant.selector,
            d.clocks.assign.selector
        ];
        for (uint256 i; i < 4; ++i) {
            (bool immediate,) = d.accessManager.canCall(admin, administered[i], acts[i]);
            assertTrue(immediate);
            (immediate,) = d.accessManager.canCall(stranger, administered[i], acts[i]);
            assertFalse(immediate);
            (immediate,) = d.accessManager.canCall(address(script), administered[i], acts[i]);
            assertEq(immediate, address(script) == admin);
        }
        assertEq(d.anchors.authority(), address(d.accessManager));
        assertEq(d.rosters.authority(), address(d.accessManager));
        assertEq(d.officials.authority(), address(d.accessManager));
        assertEq(d.clocks.authority(), address(d.accessManager));
        assertEq(d.rosters.delay(), delay);
        assertEq(d.complaints.OFFICIALS(), address(d.officials));
        assertEq(d.complaints.CLOCKS(), address(d.clocks));
        assertEq(d.notices.OFFICIALS(), address(d.officials));
        assertEq(d.notices.CLOCKS(), address(d.clocks));
        assertEq(d.testimonies.ANCHORS(), address(d.anchors));
        assertEq(d.verifier.ANCHORS(), address(d.anchors));
        assertEq(d.verifier.ROSTERS(), address(d.rosters));
        assertGt(d.passkeys.IMPLEMENTATION().code.length, 0);
    }

    function test_check(address admin) public {
        vm.assume(admin.code.length == 0 && uint160(admin) > 0xffff);
        script.check(address(script), false);
        script.check(admin, true);
        vm.expectRevert(abi.encodeWithSelector(Deploy.SingleKeyAdministrator.selector, admin));
        script.check(admin, false);
    }

    function test_check_oneKeyThatDelegatesIsOneKey() public {
        address admin = vm.addr(5);
        vm.signAndAttachDelegation(address(script), 5);
        script.check(address(script), false);
        assertEq(admin.code.length, 23);
        vm.expectRevert(abi.encodeWithSelector(Deploy.SingleKeyAdministrator.selector, admin));
        script.check(admin, false);
    }
}
