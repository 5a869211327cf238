// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Script} from "forge-std/Script.sol";
import {Safe} from "@safe-global/safe-smart-account/Safe.sol";

import {Anchors} from "../../src/Anchors.sol";
import {Clocks} from "../../src/Clocks.sol";
import {Complaints} from "../../src/Complaints.sol";
import {Officials} from "../../src/Officials.sol";
import {Passkeys} from "../../src/Passkeys.sol";
import {IComplaints} from "../../src/interfaces/IComplaints.sol";
import {TypedData} from "../TypedData.sol";
import {Authenticator, Safes} from "../Wallets.sol";

/// @dev What `contracts/rehearse` does on a real chain, in transactions of its own, after `script/Deploy.s.sol`: a Safe
/// administers, and a complaint lives. Keys are those of the tests: never use it on a chain that matters.
contract Rehearsal is Script, TypedData, Safes, Authenticator {
    bytes32 private constant AREA = "palwal-3";
    bytes32 private constant TOWN = "haryana-town";
    uint40 private constant FOREVER = type(uint40).max;
    uint256 private constant OFFICIAL_KEY = 0x101;
    uint256 private constant FILER_KEY = 0x103;
    uint256 private constant PASSKEY = 0x105;

    /// @notice A Safe of two of three keys.
    function safe() external returns (address) {
        vm.startBroadcast();
        return address(_newSafe());
    }

    /// @notice The Safe opens a lane, sets a clock, lets the area follow it, and grants two officials: a key, and a passkey
    /// whose account is made as well.
    function administer() external {
        Safe admin = Safe(payable(_at("administrator")));
        Passkeys passkeys = Passkeys(_at("passkeys"));
        address officials = _at("officials");
        (bytes32 x, bytes32 y) = _passkey(PASSKEY);
        vm.startBroadcast();
        _must(admin, _at("anchors"), abi.encodeCall(Anchors.openLane, ()));
        _must(admin, _at("anchors"), abi.encodeCall(Anchors.joinLane, (0, AREA)));
        _must(admin, _at("clocks"), abi.encodeCall(Clocks.setClock, (TOWN, "fuse", 4 hours, 0)));
        _must(admin, _at("clocks"), abi.encodeCall(Clocks.assign, (AREA, TOWN, 0)));
        _must(admin, officials, abi.encodeCall(Officials.grant, (AREA, vm.addr(OFFICIAL_KEY), 1, 0, FOREVER)));
        _must(admin, officials, abi.encodeCall(Officials.grant, (AREA, passkeys.accountOf(x, y), 2, 0, FOREVER)));
        passkeys.create(x, y);
    }

    /// @notice Files, acknowledges by key, resolves by passkey, says that it is still off, reopens: all by signature,
    /// submitted by whoever broadcasts.
    function complain() external returns (bytes32 id) {
        Complaints complaints = Complaints(_at("complaints"));
        Domain memory domain = Domain(block.chainid, address(complaints));
        IComplaints.Filing memory f;
        (f.area, f.class, f.filer) = (AREA, "fuse", vm.addr(FILER_KEY));
        f.text = keccak256(abi.encode("rehearsed", block.timestamp));
        vm.startBroadcast();
        id = complaints.fileBySig(f, FOREVER, _sign(FILER_KEY, _digestOf(domain, f, FOREVER)));
        _act(complaints, _next(complaints, id, IComplaints.Act.Acknowledge), vm.addr(OFFICIAL_KEY), OFFICIAL_KEY);
        (bytes32 x, bytes32 y) = _passkey(PASSKEY);
        address account = Passkeys(_at("passkeys")).accountOf(x, y);
        _act(complaints, _next(complaints, id, IComplaints.Act.ResolveFixed), account, 0);
        IComplaints.Remark memory r = IComplaints.Remark(IComplaints.Say.StillOff, id, 0, keccak256(""));
        bytes32 digest = _digestOf(domain, r, "", vm.addr(OFFICIAL_KEY), FOREVER);
        complaints.remarkBySig(r, vm.addr(OFFICIAL_KEY), FOREVER, _sign(OFFICIAL_KEY, digest));
        _act(complaints, _next(complaints, id, IComplaints.Act.Reopen), f.filer, FILER_KEY);
    }

    /// @dev Without a key, as the passkey.
    function _act(Complaints complaints, IComplaints.Action memory a, address signer, uint256 key) private {
        IComplaints.Action[] memory list = new IComplaints.Action[](1);
        list[0] = a;
        bytes32 digest = _digestOf(Domain(block.chainid, address(complaints)), list, new string[](1), signer, FOREVER);
        bytes memory signature = key == 0 ? _assertion(PASSKEY, digest, VERIFIED) : _sign(key, digest);
        complaints.actBySig(list, signer, FOREVER, signature);
    }

    function _next(Complaints complaints, bytes32 id, IComplaints.Act act)
        private
        view
        returns (IComplaints.Action memory)
    {
        IComplaints.Complaint memory c = complaints.complaint(id);
        return IComplaints.Action(act, id, c.index + 1, c.head, keccak256(""), 0);
    }

    function _must(Safe admin, address to, bytes memory call) private {
        require(_execute(admin, _two(), to, call), "the Safe's call failed");
    }

    function _sign(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _at(string memory name) private view returns (address) {
        string memory file = string.concat("contracts/deployments/", vm.toString(block.chainid), ".json");
        return vm.parseJsonAddress(vm.readFile(file), string.concat(".", name));
    }
}
