// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";

import {AnchorsTest} from "../BaseTest.sol";

/// @dev Gas of whole transactions, calldata included: each call is one of its own (`isolate` in foundry.toml). The figures
/// are kept in contracts/snapshots, and `forge test` fails where they change.
contract AnchorsGasTest is AnchorsTest {
    function test_gas_anchor1() public {
        _measure(1);
    }

    function test_gas_anchor10() public {
        _measure(10);
    }

    function test_gas_anchor100() public {
        // The whole transaction: execution, calldata, its base and the log.
        assertLe(_measure(100), 16_500);
    }

    function test_gas_anchorFullLane() public {
        uint256 areas = anchors.MAX_AREAS();
        // EIP-7825: no transaction may take more.
        assertLt(_measure(areas) * areas, 16_777_216);
    }

    /// @dev Gas of an area in the second page: the first one's costs are paid.
    function _measure(uint256 areas) private returns (uint256 perArea) {
        _join(0, 0, areas);
        vm.warp(START + 2);
        _anchorNext(0, uint40(START + 1), _entries(areas, 0));
        bytes memory entries = _entries(areas, 0);
        bytes32 previous = anchors.pageHash(0, 0);
        vm.prank(RELAYER);
        anchors.anchor(0, 1, previous, uint40(START + 2), entries);
        uint256 total = vm.snapshotGasLastCall("Anchors", string.concat("anchor, areas: ", vm.toString(areas)));
        perArea = total / areas;
        console.log("anchor, areas: %d, gas: %d, an area: %d", areas, total, perArea);
    }
}
