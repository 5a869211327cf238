// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AreaId} from "../../src/libraries/AreaId.sol";
import {BaseTest} from "../BaseTest.sol";

contract AreaIdTest is BaseTest {
    function check(bytes32 area) external pure {
        AreaId.check(area);
    }

    function test_acceptsWhatIsWellFormed() public view {
        this.check("a");
        this.check("0");
        this.check("-");
        this.check("ambala-1");
        this.check("abcdefghijklmnopqrstuvwxyz01234");
        this.check("56789");
    }

    function test_acceptsAnyWellFormed(uint256 seed) public view {
        this.check(_anyArea(seed));
    }

    function test_refusesEmptyAndTooLong() public {
        _refused(0);
        _refused("abcdefghijklmnopqrstuvwxyz012345");
    }

    function test_refusesBytesAfterTheFirstZero(uint256 seed, uint256 position, uint8 value) public {
        bytes32 area = _anyArea(seed);
        uint256 length = 1 + seed % 31;
        vm.assume(length < 31);
        position = bound(position, length + 1, 31);
        _refused(area | bytes32(bytes1(uint8(bound(value, 1, 255)))) >> (8 * position));
    }

    function test_refusesAnyOtherByte(uint256 seed, uint256 position, uint8 value) public {
        bool allowed = (value >= 0x61 && value <= 0x7a) || (value >= 0x30 && value <= 0x39) || value == 0x2d;
        vm.assume(!allowed && value != 0);
        position = bound(position, 0, seed % 31);
        bytes32 mask = bytes32(bytes1(0xff)) >> (8 * position);
        _refused((_anyArea(seed) & ~mask) | bytes32(bytes1(value)) >> (8 * position));
    }

    /// @dev The neighbours of the allowed ranges, which random bytes seldom hit.
    function test_refusesNeighboursOfTheRanges() public {
        bytes memory neighbours = hex"605b7b2f3a2c2e41805f20";
        for (uint256 i; i < neighbours.length; ++i) {
            _refused(bytes32(abi.encodePacked("a", neighbours[i])));
        }
    }

    function _refused(bytes32 area) private {
        vm.expectRevert(abi.encodeWithSelector(AreaId.InvalidArea.selector, area));
        this.check(area);
    }
}
