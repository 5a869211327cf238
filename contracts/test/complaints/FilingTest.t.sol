// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IComplaints} from "../../src/interfaces/IComplaints.sol";
import {ISigned} from "../../src/interfaces/ISigned.sol";
import {Name} from "../../src/libraries/Name.sol";
import {AccountabilityTest} from "../AccountabilityTest.sol";

contract FilingTest is AccountabilityTest {
    function test_file(uint256 seed) public {
        IComplaints.Filing memory f = _filing(seed);
        bytes32 id = _digestOf(_onComplaints(), f);
        _expectFiled(id, f);
        vm.prank(FILER);
        assertEq(complaints.file(f), id);
        _assertFiled(id, f);
    }

    function test_fileBySig(uint256 seed, address submitter, uint40 deadline) public {
        deadline = uint40(bound(deadline, _now(), type(uint40).max));
        IComplaints.Filing memory f = _filing(seed);
        bytes memory signature = _sign(FILER_KEY, _digestOf(_onComplaints(), f, deadline));
        bytes32 id = _digestOf(_onComplaints(), f);
        assertEq(complaints.filingId(f), id);
        _expectFiled(id, f);
        vm.prank(submitter);
        assertEq(complaints.fileBySig(f, deadline, signature), id);
        _assertFiled(id, f);
    }

    function test_complaint_zerosWhereThereIsNone(bytes32 id) public view {
        IComplaints.Complaint memory none;
        assertEq(abi.encode(complaints.complaint(id)), abi.encode(none));
    }

    /// @dev The id says all that was filed: whatever is different makes another complaint.
    function test_file_theIdIsOfTheWholeFiling(uint256 seed) public {
        IComplaints.Filing memory f = _filing(seed);
        bytes32 id = complaints.filingId(f);
        IComplaints.Filing memory other = _filing(seed);
        other.area = OTHER_AREA;
        assertNotEq(complaints.filingId(other), id);
        other = _filing(seed);
        other.site = "elsewhere";
        assertNotEq(complaints.filingId(other), id);
        other = _filing(seed);
        (other.site, other.feeder) = (other.feeder, other.site);
        if (keccak256(bytes(f.site)) != keccak256(bytes(f.feeder))) assertNotEq(complaints.filingId(other), id);
        other = _filing(seed);
        other.class = f.class == FUSE ? LINE : FUSE;
        assertNotEq(complaints.filingId(other), id);
        other = _filing(seed);
        other.text = ~f.text;
        assertNotEq(complaints.filingId(other), id);
        other = _filing(seed);
        other.evidence = ~f.evidence;
        assertNotEq(complaints.filingId(other), id);
        other = _filing(seed);
        other.filer = SUPPORTER;
        assertNotEq(complaints.filingId(other), id);
        vm.chainId(block.chainid + 1);
        assertNotEq(complaints.filingId(f), id);
    }

    function test_file_NotFiler(address sender) public {
        vm.assume(sender != FILER);
        vm.expectRevert(abi.encodeWithSelector(IComplaints.NotFiler.selector, FILER, sender));
        vm.prank(sender);
        complaints.file(_filing(1));
    }

    /// @dev In whatever way, and whoever submits it: the first one counts.
    function test_file_AlreadyFiled(uint256 seed) public {
        IComplaints.Filing memory f = _filing(seed);
        bytes memory signature = _sign(FILER_KEY, _digestOf(_onComplaints(), f, FOREVER));
        bytes32 id = complaints.fileBySig(f, FOREVER, signature);
        vm.warp(START + 1000);
        bytes memory reason = abi.encodeWithSelector(IComplaints.AlreadyFiled.selector, id);
        vm.expectRevert(reason);
        complaints.fileBySig(f, FOREVER, signature);
        // Another deadline makes another signature, and no other complaint.
        bytes memory again = _sign(FILER_KEY, _digestOf(_onComplaints(), f, _now()));
        vm.expectRevert(reason);
        complaints.fileBySig(f, _now(), again);
        vm.expectRevert(reason);
        vm.prank(FILER);
        complaints.file(f);
        assertEq(complaints.complaint(id).filedAt, START + 1);
    }

    function test_file_UnknownArea(uint256 seed) public {
        IComplaints.Filing memory f = _filing(1);
        f.area = _anyArea(seed);
        vm.assume(f.area != AREA && f.area != OTHER_AREA);
        _refused(f, abi.encodeWithSelector(IComplaints.UnknownArea.selector, f.area));
        f.area = bytes32(seed);
        _refused(f, abi.encodeWithSelector(IComplaints.UnknownArea.selector, f.area));
    }

    function test_file_UnknownArea_takenNoMore() public {
        vm.prank(ADMIN);
        clocks.assign(AREA, 0, 0);
        bytes32 id = _file(1);
        vm.warp(START + 2);
        _refused(_filing(2), abi.encodeWithSelector(IComplaints.UnknownArea.selector, AREA));
        assertEq(complaints.complaint(id).clock, FUSE_CLOCK);
    }

    function test_file_UnknownClass(uint256 seed) public {
        IComplaints.Filing memory f = _filing(1);
        f.class = _anyArea(seed);
        vm.assume(f.class != FUSE && f.class != LINE);
        _refused(f, abi.encodeWithSelector(IComplaints.UnknownClass.selector, AREA, f.class));

        f.class = FUSE;
        vm.prank(ADMIN);
        clocks.setClock(TOWN, FUSE, 0, 0);
        vm.warp(START + 2);
        _refused(f, abi.encodeWithSelector(IComplaints.UnknownClass.selector, AREA, FUSE));
    }

    function test_file_NoText() public {
        IComplaints.Filing memory f = _filing(1);
        f.text = 0;
        _refused(f, abi.encodeWithSelector(IComplaints.NoText.selector));
    }

    function test_file_InvalidLongName() public {
        IComplaints.Filing memory f = _filing(1);
        f.site = "<script>";
        _refused(f, abi.encodeWithSelector(Name.InvalidLongName.selector, f.site));
        (f.site, f.feeder) = ("", "Feeder 1");
        _refused(f, abi.encodeWithSelector(Name.InvalidLongName.selector, f.feeder));
    }

    function test_fileBySig_InvalidSignature_anotherSigner(uint256 key, uint256 seed) public {
        key = bound(key, 1, 1e18);
        vm.assume(key != FILER_KEY);
        IComplaints.Filing memory f = _filing(seed);
        bytes memory signature = _sign(key, _digestOf(_onComplaints(), f, FOREVER));
        vm.expectRevert(abi.encodeWithSelector(ISigned.InvalidSignature.selector, FILER));
        complaints.fileBySig(f, FOREVER, signature);
    }

    /// @dev Nobody can change what a filer signed.
    function test_fileBySig_InvalidSignature_anotherFiling(uint256 seed) public {
        IComplaints.Filing memory f = _filing(seed);
        bytes memory signature = _sign(FILER_KEY, _digestOf(_onComplaints(), f, FOREVER));
        f.text = ~f.text;
        vm.expectRevert(abi.encodeWithSelector(ISigned.InvalidSignature.selector, FILER));
        complaints.fileBySig(f, FOREVER, signature);
    }

    function test_fileBySig_theIdIsNotWhatIsSigned(uint256 seed) public {
        IComplaints.Filing memory f = _filing(seed);
        bytes memory signature = _sign(FILER_KEY, complaints.filingId(f));
        vm.expectRevert(abi.encodeWithSelector(ISigned.InvalidSignature.selector, FILER));
        complaints.fileBySig(f, FOREVER, signature);
    }

    function _expectFiled(bytes32 id, IComplaints.Filing memory f) private {
        uint32 clock = f.class == FUSE ? FUSE_CLOCK : LINE_CLOCK;
        vm.expectEmit(address(complaints));
        emit IComplaints.Filed(
            id, f.area, f.filer, f.site, f.feeder, f.class, f.text, f.evidence, clock, uint40(START) + 1
        );
    }

    function _assertFiled(bytes32 id, IComplaints.Filing memory f) private view {
        uint32 clock = f.class == FUSE ? FUSE_CLOCK : LINE_CLOCK;
        IComplaints.Complaint memory want = IComplaints.Complaint({
            area: f.area,
            class: f.class,
            filer: f.filer,
            filedAt: uint40(START) + 1,
            stage: IComplaints.Stage.Filed,
            last: IComplaints.Act.File,
            lastAt: uint40(START) + 1,
            index: 0,
            head: id,
            reopenings: 0,
            openedAt: uint40(START) + 1,
            clock: clock,
            dueAt: uint40(START) + 1 + clock,
            level: 1
        });
        assertEq(abi.encode(complaints.complaint(id)), abi.encode(want));
    }

    function _refused(IComplaints.Filing memory f, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(f.filer);
        complaints.file(f);
    }
}
