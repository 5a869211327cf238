// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Script} from "forge-std/Script.sol";
import {VmSafe} from "forge-std/Vm.sol";
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

import {Anchors} from "../contracts/src/Anchors.sol";
import {Clocks} from "../contracts/src/Clocks.sol";
import {Complaints} from "../contracts/src/Complaints.sol";
import {Notices} from "../contracts/src/Notices.sol";
import {Officials} from "../contracts/src/Officials.sol";
import {Passkeys} from "../contracts/src/Passkeys.sol";
import {Rosters} from "../contracts/src/Rosters.sol";
import {Testimonies} from "../contracts/src/Testimonies.sol";
import {Verifier} from "../contracts/src/Verifier.sol";

/// @title Deploy
/// @notice Deploys all contracts, administered by `ADMIN`, and writes where they are to contracts/deployments. The deploying
/// account has no right to anything afterwards. `contracts/deploy` runs it and checks what came of it.
contract Deploy is Script {
    /// @notice The administrator is an account of one key. Production needs a contract, say a Safe; for a chain of your own
    /// set ALLOW_SINGLE_KEY_ADMIN=true.
    error SingleKeyAdministrator(address admin);

    /// @notice What was deployed.
    struct Deployment {
        AccessManager accessManager;
        Anchors anchors;
        Rosters rosters;
        Officials officials;
        Clocks clocks;
        Complaints complaints;
        Notices notices;
        Testimonies testimonies;
        Passkeys passkeys;
        Verifier verifier;
    }

    /// @notice Reads ADMIN, ROSTER_DELAY_S (seconds, 86400 unless set) and ALLOW_SINGLE_KEY_ADMIN from the environment.
    function run() external returns (Deployment memory d) {
        address admin = vm.envAddress("ADMIN");
        uint40 delay = uint40(vm.envOr("ROSTER_DELAY_S", uint256(1 days)));
        check(admin, vm.envOr("ALLOW_SINGLE_KEY_ADMIN", false));
        uint256 startBlock = block.number;

        vm.startBroadcast();
        d = deploy(admin, delay);
        vm.stopBroadcast();

        // A dry run writes nothing.
        if (vm.isContext(VmSafe.ForgeContext.ScriptBroadcast)) _write(d, admin, startBlock);
    }

    /// @notice Reverts unless the administrator is a contract, or need not be one. One key that delegates to a contract
    /// (EIP-7702) is one key.
    function check(address admin, bool allowSingleKey) public view {
        bool delegates = admin.code.length == 23 && bytes3(admin.code) == 0xef0100;
        if (!allowSingleKey && (admin.code.length == 0 || delegates)) revert SingleKeyAdministrator(admin);
    }

    /// @notice Deploys all contracts, one after the other.
    function deploy(address admin, uint40 rosterDelay) public returns (Deployment memory d) {
        d.accessManager = new AccessManager(admin);
        address authority = address(d.accessManager);
        d.anchors = new Anchors(authority);
        d.rosters = new Rosters(authority, rosterDelay);
        d.officials = new Officials(authority);
        d.clocks = new Clocks(authority);
        d.complaints = new Complaints(address(d.officials), address(d.clocks));
        d.notices = new Notices(address(d.officials), address(d.clocks));
        d.testimonies = new Testimonies(address(d.anchors));
        d.passkeys = new Passkeys();
        d.verifier = new Verifier(address(d.anchors), address(d.rosters));
    }

    /// @dev contracts/deployments/<chain id>.json, which the services start from.
    function _write(Deployment memory d, address admin, uint256 startBlock) private {
        string memory json = "deployment";
        vm.serializeUint(json, "chain_id", block.chainid);
        vm.serializeUint(json, "start_block", startBlock);
        vm.serializeAddress(json, "administrator", admin);
        vm.serializeAddress(json, "access_manager", address(d.accessManager));
        vm.serializeAddress(json, "anchors", address(d.anchors));
        vm.serializeAddress(json, "rosters", address(d.rosters));
        vm.serializeAddress(json, "officials", address(d.officials));
        vm.serializeAddress(json, "clocks", address(d.clocks));
        vm.serializeAddress(json, "complaints", address(d.complaints));
        vm.serializeAddress(json, "notices", address(d.notices));
        vm.serializeAddress(json, "testimonies", address(d.testimonies));
        vm.serializeAddress(json, "passkeys", address(d.passkeys));
        json = vm.serializeAddress(json, "verifier", address(d.verifier));
        vm.createDir("contracts/deployments", true);
        vm.writeJson(json, string.concat("contracts/deployments/", vm.toString(block.chainid), ".json"));
    }
}
