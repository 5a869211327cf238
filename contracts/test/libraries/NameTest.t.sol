// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Name} from "../../src/libraries/Name.sol";
import {BaseTest} from "../BaseTest.sol";

contract NameTest is BaseTest {
    function check(bytes32 name) external pure {
        Name.check(name);
    }

    function checkOptional(string calldata name) external pure {
        Name.checkOptional(name);
    }

    /// @dev The rule itself is tested where areas are.
    function test_check(uint256 seed) public {
        this.check(_anyArea(seed));
        bytes32[4] memory invalid = [bytes32(0), "A", "a b", bytes32("a") | bytes32(uint256(1))];
        for (uint256 i; i < invalid.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Name.InvalidName.selector, invalid[i]));
            this.check(invalid[i]);
        }
    }

    function test_checkOptional_acceptsWhatIsWellFormed(uint256 seed, uint256 length) public view {
        this.checkOptional("");
        bytes memory allowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
        bytes memory name = new bytes(bound(length, 1, 64));
        for (uint256 i; i < name.length; ++i) {
            name[i] = allowed[uint256(keccak256(abi.encode(seed, i))) % allowed.length];
        }
        this.checkOptional(string(name));
    }

    function test_checkOptional_InvalidLongName(uint8 value, uint256 position) public {
        bool allowed = (value >= 0x61 && value <= 0x7a) || (value >= 0x30 && value <= 0x39) || value == 0x2d;
        vm.assume(!allowed);
        bytes memory name = "palwal-3-f2";
        name[position % name.length] = bytes1(value);
        vm.expectRevert(abi.encodeWithSelector(Name.InvalidLongName.selector, string(name)));
        this.checkOptional(string(name));
    }

    function test_checkOptional_NameTooLong(uint16 length) public {
        length = uint16(bound(length, 65, 5000));
        vm.expectRevert(abi.encodeWithSelector(Name.NameTooLong.selector, length, 64));
        this.checkOptional(string(new bytes(length)));
    }

    function test_hash(uint256 seed) public pure {
        bytes32 name = _anyArea(seed);
        bytes memory text;
        for (uint256 i; i < 32 && name[i] != 0; ++i) {
            text = abi.encodePacked(text, name[i]);
        }
        assertEq(Name.hash(name), keccak256(text));
    }

    function test_hash_ofNoneAndOfAllBytes() public pure {
        assertEq(Name.hash(0), keccak256(""));
        assertEq(Name.hash(bytes32(type(uint256).max)), keccak256(abi.encode(type(uint256).max)));
    }
}
