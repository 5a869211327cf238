// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Passkeys} from "../../src/Passkeys.sol";
import {IComplaints} from "../../src/interfaces/IComplaints.sol";
import {INotices} from "../../src/interfaces/INotices.sol";
import {AccountabilityTest} from "../AccountabilityTest.sol";
import {Authenticator} from "../Wallets.sol";

/// @dev Gas of whole transactions, calldata included, kept in contracts/snapshots: see `AnchorsGasTest`.
contract ComplaintsGasTest is AccountabilityTest, Authenticator {
    uint256 private constant MANY = 20;

    function setUp() public override {
        super.setUp();
        // The first of an area is not what the next ones cost.
        _act(JUNIOR, _file(99), IComplaints.Act.Acknowledge);
    }

    /// @dev What a complaint costs from its filing to its end, sponsored: filed, acknowledged, resolved, each by signature.
    function test_gas_life() public {
        IComplaints.Filing memory f = _typical(1);
        bytes memory filed = _sign(FILER_KEY, _digestOf(_onComplaints(), f, FOREVER));
        bytes32 id = complaints.fileBySig(f, FOREVER, filed);
        _keep("file, by signature");
        _actsBySig(id, IComplaints.Act.Acknowledge);
        _keep("acknowledge, by signature");
        _actsBySig(id, IComplaints.Act.ResolveFixed);
        _keep("resolve, by signature");
        IComplaints.Remark memory r = _remark(IComplaints.Say.StillOff, id, 0, NO_WORDS);
        bytes memory said = _sign(SUPPORTER_KEY, _digestOf(_onComplaints(), r, "", SUPPORTER, FOREVER));
        complaints.remarkBySig(r, SUPPORTER, FOREVER, said);
        _keep("still off, by signature");
        IComplaints.Action[] memory a = _one(_next(id, IComplaints.Act.Reopen));
        bytes memory reopened = _sign(FILER_KEY, _digestOf(_onComplaints(), a, new string[](1), FILER, FOREVER));
        complaints.actBySig(a, FILER, FOREVER, reopened);
        _keep("reopen, by signature");
    }

    function test_gas_direct() public {
        IComplaints.Filing memory f = _typical(1);
        vm.prank(FILER);
        bytes32 id = complaints.file(f);
        _keep("file, directly");
        _act(JUNIOR, id, IComplaints.Act.Acknowledge);
        _keep("acknowledge, directly");
        _act(JUNIOR, id, IComplaints.Act.ResolveFixed);
        _keep("resolve, directly");
        IComplaints.Remark memory r = _remark(IComplaints.Say.Note, id, 0, keccak256("words"));
        vm.prank(JUNIOR);
        complaints.remark(r);
        _keep("note, directly");
    }

    function test_gas_aPasskey() public {
        Passkeys passkeys = new Passkeys();
        (bytes32 x, bytes32 y) = _passkey(7);
        address account = passkeys.create(x, y);
        _keep("create the account of a passkey");
        vm.prank(ADMIN);
        officials.grant(AREA, account, 1, 0, FOREVER);
        _keep("grant");
        IComplaints.Action[] memory a = _one(_next(_file(1), IComplaints.Act.Acknowledge));
        bytes32 digest = _digestOf(_onComplaints(), a, new string[](1), account, FOREVER);
        complaints.actBySig(a, account, FOREVER, _assertion(7, digest, VERIFIED));
        _keep("acknowledge, by passkey");
    }

    /// @dev A queue resolved with one signature, and a page of filings by many people in one transaction: each a 20th.
    function test_gas_many() public {
        bytes[] memory calls = new bytes[](MANY);
        IComplaints.Action[] memory actions = new IComplaints.Action[](MANY);
        for (uint256 i; i < MANY; ++i) {
            IComplaints.Filing memory f = _typical(100 + i);
            bytes memory signature = _sign(FILER_KEY, _digestOf(_onComplaints(), f, FOREVER));
            calls[i] = abi.encodeCall(complaints.fileBySig, (f, FOREVER, signature));
            bytes32 id = complaints.filingId(f);
            actions[i] = IComplaints.Action(IComplaints.Act.ResolveFixed, id, 1, id, NO_WORDS, 0);
        }
        complaints.submit(calls, 300_000);
        _keep("file, 20 by signature");
        bytes32 digest = _digestOf(_onComplaints(), actions, new string[](MANY), JUNIOR, FOREVER);
        assertEq(complaints.actBySig(actions, JUNIOR, FOREVER, _sign(JUNIOR_KEY, digest)), MANY);
        _keep("resolve, 20 by one signature");
    }

    function test_gas_notice() public {
        INotices.Notice memory n = INotices.Notice({
            area: AREA,
            feeder: "achheja-ds",
            start: _now() + 1 days,
            end: _now() + 1 days + 4 hours,
            restoration: _now() + 1 days + 4 hours,
            reason: keccak256("maintenance"),
            withdrawn: false,
            changes: 0
        });
        bytes memory signature = _sign(JUNIOR_KEY, _digestOf(_onNotices(), n, "maintenance", JUNIOR, FOREVER));
        notices.announceBySig(n, JUNIOR, FOREVER, signature);
        vm.snapshotGasLastCall("Notices", "announce, by signature");
    }

    function _actsBySig(bytes32 id, IComplaints.Act act) private {
        IComplaints.Action[] memory a = _one(_next(id, act));
        bytes32 digest = _digestOf(_onComplaints(), a, new string[](1), JUNIOR, FOREVER);
        complaints.actBySig(a, JUNIOR, FOREVER, _sign(JUNIOR_KEY, digest));
    }

    /// @dev A filing with all that one can have.
    function _typical(uint256 seed) private view returns (IComplaints.Filing memory f) {
        f = _filing(seed);
        (f.site, f.feeder, f.class) = ("hr-0001", "achheja-ds", FUSE);
        (f.text, f.evidence) = (keccak256(abi.encode(seed)), keccak256(abi.encode(~seed)));
    }

    function _keep(string memory name) private {
        vm.snapshotGasLastCall("Complaints", name);
    }
}
