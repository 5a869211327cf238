// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../src/Clocks.sol";
import {Complaints} from "../src/Complaints.sol";
import {Notices} from "../src/Notices.sol";
import {Officials} from "../src/Officials.sol";
import {IComplaints} from "../src/interfaces/IComplaints.sol";
import {BaseTest} from "./BaseTest.sol";
import {TypedData} from "./TypedData.sol";

/// @dev Two areas with clocks and officials, and ways to file and act.
abstract contract AccountabilityTest is BaseTest, TypedData {
    bytes32 internal constant AREA = "palwal-3";
    bytes32 internal constant OTHER_AREA = "hisar";
    bytes32 internal constant TOWN = "haryana-town";
    bytes32 internal constant FUSE = "fuse";
    bytes32 internal constant LINE = "overhead-line";
    uint32 internal constant FUSE_CLOCK = 4 hours;
    uint32 internal constant LINE_CLOCK = 6 hours;
    uint40 internal constant FOREVER = type(uint40).max;
    bytes32 internal constant NO_WORDS = keccak256("");

    uint256 internal constant JUNIOR_KEY = 0x101;
    uint256 internal constant SENIOR_KEY = 0x102;
    uint256 internal constant FILER_KEY = 0x103;
    uint256 internal constant SUPPORTER_KEY = 0x104;
    address internal immutable JUNIOR = vm.addr(JUNIOR_KEY);
    address internal immutable SENIOR = vm.addr(SENIOR_KEY);
    address internal immutable FILER = vm.addr(FILER_KEY);
    address internal immutable SUPPORTER = vm.addr(SUPPORTER_KEY);
    /// @dev Of the other area.
    address internal immutable ELSEWHERE = makeAddr("elsewhere");

    Officials internal officials;
    Clocks internal clocks;
    Complaints internal complaints;
    Notices internal notices;

    function setUp() public virtual override {
        super.setUp();
        officials = new Officials(address(manager));
        clocks = new Clocks(address(manager));
        complaints = new Complaints(address(officials), address(clocks));
        notices = new Notices(address(officials), address(clocks));
        vm.startPrank(ADMIN);
        clocks.setClock(TOWN, FUSE, FUSE_CLOCK, 0);
        clocks.setClock(TOWN, LINE, LINE_CLOCK, 0);
        clocks.assign(AREA, TOWN, 0);
        clocks.assign(OTHER_AREA, TOWN, 0);
        officials.grant(AREA, JUNIOR, 1, 0, FOREVER);
        officials.grant(AREA, SENIOR, 2, 0, FOREVER);
        officials.grant(OTHER_AREA, ELSEWHERE, 1, 0, FOREVER);
        vm.stopPrank();
        vm.warp(START + 1);
    }

    function _now() internal view returns (uint40) {
        return uint40(vm.getBlockTimestamp());
    }

    /// @dev A filing out of any seed.
    function _filing(uint256 seed) internal view returns (IComplaints.Filing memory) {
        return IComplaints.Filing({
            area: AREA,
            site: seed % 2 == 0 ? "" : _text(_anyArea(seed)),
            feeder: seed % 3 == 0 ? "" : _text(_anyArea(~seed)),
            class: seed % 5 == 0 ? LINE : FUSE,
            text: keccak256(abi.encode(seed, "text")),
            evidence: seed % 7 == 0 ? bytes32(0) : keccak256(abi.encode(seed, "evidence")),
            filer: FILER
        });
    }

    /// @dev Files a complaint of a fuse.
    function _file(uint256 seed) internal returns (bytes32) {
        IComplaints.Filing memory filing = _filing(seed);
        filing.class = FUSE;
        vm.prank(FILER);
        return complaints.file(filing);
    }

    /// @dev The next action of a complaint, without a note.
    function _next(bytes32 id, IComplaints.Act act) internal view returns (IComplaints.Action memory) {
        IComplaints.Complaint memory c = complaints.complaint(id);
        return IComplaints.Action({
            act: act, complaint: id, index: c.index + 1, previous: c.head, note: NO_WORDS, duplicateOf: 0
        });
    }

    function _one(IComplaints.Action memory a) internal pure returns (IComplaints.Action[] memory list) {
        list = new IComplaints.Action[](1);
        list[0] = a;
    }

    /// @dev Does the next action of a complaint.
    function _act(address signer, bytes32 id, IComplaints.Act act) internal returns (IComplaints.Action memory a) {
        a = _next(id, act);
        vm.prank(signer);
        complaints.act(_one(a));
    }

    /// @dev Expects that the account's action is refused, alone, and by the view that says so too.
    function _refused(address signer, IComplaints.Action memory a, bytes memory reason) internal {
        assertEq(complaints.refusal(a, signer), reason);
        vm.expectRevert(reason);
        vm.prank(signer);
        complaints.act(_one(a));
    }

    function _remark(IComplaints.Say say, bytes32 id, uint32 reopening, bytes32 note)
        internal
        pure
        returns (IComplaints.Remark memory)
    {
        return IComplaints.Remark({say: say, complaint: id, reopening: reopening, note: note});
    }

    function _onComplaints() internal view returns (Domain memory) {
        return Domain(block.chainid, address(complaints));
    }

    function _onNotices() internal view returns (Domain memory) {
        return Domain(block.chainid, address(notices));
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
