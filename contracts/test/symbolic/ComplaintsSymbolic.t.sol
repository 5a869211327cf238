// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {Complaints} from "../../src/Complaints.sol";
import {IComplaints} from "../../src/interfaces/IComplaints.sol";

/// @dev One official, from and until times that the test sets.
contract OneOfficial {
    uint8 public constant MAX_LEVEL = 9;
    address private _wallet;
    uint8 private _level;

    function set(address wallet, uint8 level) external {
        (_wallet, _level) = (wallet, level);
    }

    function levelOf(bytes32, address wallet) external view returns (uint8) {
        return wallet == _wallet ? _level : 0;
    }
}

/// @dev One clock for everything.
contract OneClock {
    function clockAt(bytes32, bytes32, uint40) external pure returns (uint32) {
        return 4 hours;
    }
}

/// @dev Properties that `contracts/analyse halmos` proves for all arguments.
contract ComplaintsSymbolic is Test {
    address private constant OFFICIAL = address(0x1111);
    address private constant FILER = address(0x2222);
    uint40 private constant FILED = 1_795_400_000;

    Complaints private complaints;
    OneOfficial private officials;
    bytes32 private id;

    function setUp() public {
        vm.warp(FILED);
        officials = new OneOfficial();
        officials.set(OFFICIAL, 1);
        complaints = new Complaints(address(officials), address(new OneClock()));
        IComplaints.Filing memory f;
        (f.area, f.class, f.text, f.filer) = ("palwal-3", "fuse", "text", FILER);
        vm.prank(FILER);
        id = complaints.file(f);
    }

    /// @dev Nobody but an official, or the filer who reopens, moves a complaint, whatever the action.
    function check_noActionWithoutAGrant(address signer, uint8 what, uint32 index, bytes32 previous, bool closed)
        public
    {
        vm.assume(signer != OFFICIAL && what >= 2 && what <= 8);
        vm.assume(signer != FILER || what != uint8(IComplaints.Act.Reopen));
        if (closed) _act(OFFICIAL, IComplaints.Act.Reject, 1, id);
        bytes32 before = keccak256(abi.encode(complaints.complaint(id)));
        assert(!_try(signer, IComplaints.Act(what), index, previous));
        assert(keccak256(abi.encode(complaints.complaint(id))) == before);
    }

    /// @dev An action that is taken stands in its place, moves the chain by one, and follows the last one by the rules.
    function check_onlyInItsPlace(uint8 first, uint8 what, uint32 index, bytes32 previous) public {
        vm.assume(first >= 2 && first <= 7 && first != 5 && what >= 2 && what <= 8);
        _act(OFFICIAL, IComplaints.Act(first), 1, id);
        IComplaints.Complaint memory before = complaints.complaint(id);
        bool done = _try(OFFICIAL, IComplaints.Act(what), index, previous);
        IComplaints.Complaint memory c = complaints.complaint(id);
        bool closed = first != 2;
        if (!done) {
            assert(c.head == before.head && c.index == before.index);
            return;
        }
        assert(index == 2 && previous == before.head && c.index == 2);
        assert(closed == (what == uint8(IComplaints.Act.Reopen)));
        assert(uint8(c.last) == what);
        assert(c.filedAt == before.filedAt && c.filer == FILER && c.area == before.area && c.class == before.class);
    }

    /// @dev Whose turn it is never goes back while a complaint is open, and rises when the clock has run out.
    function check_levelNeverGoesBack(uint24 a, uint24 b) public {
        vm.assume(a <= b);
        vm.warp(FILED + a);
        uint8 first = complaints.complaint(id).level;
        vm.warp(FILED + b);
        uint8 second = complaints.complaint(id).level;
        assert(first >= 1 && first <= second && second <= 9);
        if (a <= 4 hours) assert(first == 1);
        if (b > 4 hours) assert(second >= 2);
    }

    function _act(address signer, IComplaints.Act what, uint32 index, bytes32 previous) private {
        assert(_try(signer, what, index, previous));
    }

    function _try(address signer, IComplaints.Act what, uint32 index, bytes32 previous) private returns (bool ok) {
        IComplaints.Action[] memory list = new IComplaints.Action[](1);
        list[0] = IComplaints.Action(what, id, index, previous, keccak256(""), 0);
        vm.prank(signer);
        (ok,) = address(complaints).call(abi.encodeCall(complaints.act, (list)));
    }
}
