// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {Clocks} from "../../src/Clocks.sol";
import {Officials} from "../../src/Officials.sol";
import {IOfficials} from "../../src/interfaces/IOfficials.sol";
import {Name} from "../../src/libraries/Name.sol";

/// @dev Lets one account do everything.
contract Authority {
    address private immutable ADMIN;

    constructor(address admin) {
        ADMIN = admin;
    }

    function canCall(address caller, address, bytes4) external view returns (bool, uint32) {
        return (caller == ADMIN, 0);
    }
}

/// @dev Properties that `contracts/analyse halmos` proves for all arguments.
contract OfficialsSymbolic is Test {
    bytes32 private constant AREA = "palwal-3";
    address private constant WALLET = address(0x1234);

    Officials private officials;

    function setUp() public {
        officials = new Officials(address(new Authority(address(this))));
    }

    /// @dev A wallet has a level exactly within its term and before its revocation.
    function check_levelAt(uint8 level, uint40 from, uint40 until, uint40 now_, uint40 revoked, uint40 time) public {
        vm.assume(level > 0 && level <= 9 && now_ > 0);
        vm.assume(now_ <= from && from < until && now_ <= revoked && revoked < until);
        vm.warp(now_);
        officials.grant(AREA, WALLET, level, from, until);
        assert(officials.levelAt(AREA, WALLET, time) == (from <= time && time < until ? level : 0));
        vm.warp(revoked);
        officials.revoke(AREA, WALLET, 0);
        assert(officials.levelAt(AREA, WALLET, time) == (from <= time && time < revoked ? level : 0));
    }

    /// @dev Granting and revoking never changes what was in force before now.
    function check_thePastStays(uint40 from, uint40 until, uint40 now_, uint40 time, bool revoke) public {
        vm.assume(now_ >= 1000 && time < now_);
        vm.warp(500);
        officials.grant(AREA, WALLET, 1, 600, revoke ? type(uint40).max : 700);
        vm.warp(now_);
        uint8 before = officials.levelAt(AREA, WALLET, time);
        if (revoke) {
            officials.revoke(AREA, WALLET, 0);
        } else {
            vm.assume(from >= now_ && until > from);
            officials.grant(AREA, WALLET, 2, from, until);
        }
        assert(officials.levelAt(AREA, WALLET, time) == before);
    }

    /// @dev Nobody but the administrator grants or revokes.
    function check_onlyAdministration(
        address caller,
        bytes32 area,
        address wallet,
        uint8 level,
        uint40 from,
        uint40 until
    ) public {
        vm.assume(caller != address(this));
        vm.prank(caller);
        (bool ok,) = address(officials).call(abi.encodeCall(IOfficials.grant, (area, wallet, level, from, until)));
        assert(!ok);
        vm.prank(caller);
        (ok,) = address(officials).call(abi.encodeCall(IOfficials.revoke, (area, wallet, 0)));
        assert(!ok);
    }
}

contract ClocksSymbolic is Test {
    bytes32 private constant TOWN = "haryana-town";
    bytes32 private constant FUSE = "fuse";
    bytes32 private constant AREA = "palwal-3";

    Clocks private clocks;

    function setUp() public {
        vm.warp(1000);
        clocks = new Clocks(address(new Authority(address(this))));
        clocks.setClock(TOWN, FUSE, 4 hours, 2000);
        clocks.assign(AREA, TOWN, 2000);
    }

    /// @dev Whatever is set, and whenever: what held up to now holds.
    function check_thePastStays(uint32 duration, uint40 effectiveFrom, uint40 now_, uint40 time, bool area) public {
        vm.assume(now_ >= 1000 && now_ < 2 ** 39 && time <= now_);
        vm.warp(now_);
        uint32 before = clocks.clockAt(AREA, FUSE, time);
        if (area) clocks.assign(AREA, 0, effectiveFrom);
        else clocks.setClock(TOWN, FUSE, duration, effectiveFrom);
        assert(clocks.clockAt(AREA, FUSE, time) == before);
    }
}

contract NameSymbolic is Test {
    /// @dev The length of a name is that of its bytes up to the padding.
    function check_length(bytes32 name) public pure {
        uint256 length = Name.length(name);
        assert(length <= 32);
        if (length < 32) assert(uint256(name) << (8 * length) == 0);
        if (length > 0) assert(uint8(uint256(name) >> (8 * (32 - length))) != 0);
        else assert(name == 0);
    }
}
