// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IComplaints} from "../../src/interfaces/IComplaints.sol";
import {AccountabilityTest} from "../AccountabilityTest.sol";
import {ComplaintsHandler} from "./ComplaintsHandler.sol";
import {Replay} from "./Replay.sol";

/// @dev The handler replays every event as it comes, and fails where one does not follow from those before: no action
/// without grant and term, none out of order, none by another's hash.
contract ComplaintsInvariantTest is AccountabilityTest {
    ComplaintsHandler private handler;

    function setUp() public override {
        super.setUp();
        handler = new ComplaintsHandler(complaints, officials, clocks, ADMIN);
        // Officials to begin with.
        handler.grant(0, 0, 0, 0, type(uint24).max);
        handler.grant(1, 1, 1, 0, type(uint24).max);
        handler.grant(2, 4, 2, 0, type(uint24).max);
        targetContract(address(handler));
        bytes4[] memory selectors = new bytes4[](11);
        selectors[0] = ComplaintsHandler.file.selector;
        selectors[1] = ComplaintsHandler.file.selector;
        // Several times, so that stories grow long enough to go wrong.
        selectors[2] = ComplaintsHandler.act.selector;
        selectors[3] = ComplaintsHandler.act.selector;
        selectors[4] = ComplaintsHandler.act.selector;
        selectors[5] = ComplaintsHandler.actOutOfOrder.selector;
        selectors[6] = ComplaintsHandler.remark.selector;
        selectors[7] = ComplaintsHandler.grant.selector;
        selectors[8] = ComplaintsHandler.revoke.selector;
        selectors[9] = ComplaintsHandler.pass.selector;
        selectors[10] = ComplaintsHandler.setClock.selector;
        targetSelector(FuzzSelector({addr: address(handler), selectors: selectors}));
    }

    /// @dev The random walk went somewhere.
    function afterInvariant() public view {
        assertGt(handler.past().length, 5, "actions");
        assertGt(handler.refusals(), 5, "refusals");
    }

    /// forge-config: default.invariant.runs = 24
    /// forge-config: default.invariant.depth = 100
    /// @dev Every complaint stands as its events say.
    function invariant_stateIsTheReplayOfTheEvents() public view {
        bytes32[] memory ids = handler.ids();
        for (uint256 i; i < ids.length; ++i) {
            assertEq(abi.encode(complaints.complaint(ids[i])), abi.encode(handler.story(ids[i]).known));
        }
    }

    /// forge-config: default.invariant.runs = 24
    /// forge-config: default.invariant.depth = 100
    /// @dev What was done stays done: the newest of what was done is the head, and no index ever goes back.
    function invariant_historyOnlyGrows() public view {
        ComplaintsHandler.Past[] memory past = handler.past();
        for (uint256 i; i < past.length; ++i) {
            IComplaints.Complaint memory c = complaints.complaint(past[i].id);
            assertGe(c.index, past[i].index);
            if (c.index == past[i].index) assertEq(c.head, past[i].head);
        }
    }

    /// forge-config: default.invariant.runs = 24
    /// forge-config: default.invariant.depth = 100
    /// @dev The register's identities: each complaint was closed once more than reopened, or as often and is open; what was
    /// received is what is pending and what is redressed.
    function invariant_identities() public view {
        bytes32[] memory ids = handler.ids();
        uint256 pending;
        uint256 redressed;
        for (uint256 i; i < ids.length; ++i) {
            Replay.Story memory s = handler.story(ids[i]);
            IComplaints.Stage stage = complaints.complaint(ids[i]).stage;
            bool closed = stage == IComplaints.Stage.Resolved || stage == IComplaints.Stage.Rejected;
            assertEq(s.closings, complaints.complaint(ids[i]).reopenings + (closed ? 1 : 0));
            closed ? ++redressed : ++pending;
        }
        assertEq(pending + redressed, ids.length);
    }

    /// forge-config: default.invariant.runs = 24
    /// forge-config: default.invariant.depth = 100
    /// @dev Nothing lasts but what was done: a complaint's level, due time and clock follow from when it was opened.
    function invariant_clocks() public view {
        bytes32[] memory ids = handler.ids();
        for (uint256 i; i < ids.length; ++i) {
            IComplaints.Complaint memory c = complaints.complaint(ids[i]);
            assertEq(c.dueAt, c.openedAt + c.clock);
            assertGe(c.openedAt, c.filedAt);
            assertGe(c.lastAt, c.openedAt);
            assertGt(c.clock, 0);
            assertTrue(c.level >= 1 && c.level <= officials.MAX_LEVEL());
        }
    }
}
