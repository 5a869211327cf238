// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {Anchors} from "../src/Anchors.sol";
import {IAnchors} from "../src/interfaces/IAnchors.sol";

/// @dev Administration and a few ways to make what the contracts take.
abstract contract BaseTest is Test {
    uint256 internal constant START = 1_795_400_000;

    address internal immutable ADMIN = makeAddr("admin");
    address internal immutable RELAYER = makeAddr("relayer");
    address internal immutable REGISTRAR = makeAddr("registrar");

    AccessManager internal manager;

    function setUp() public virtual {
        vm.warp(START);
        manager = new AccessManager(ADMIN);
    }

    /// @dev A well-formed identifier, another one for each index.
    function _area(uint256 index) internal pure returns (bytes32 area) {
        return bytes32(abi.encodePacked("area-", vm.toString(index)));
    }

    /// @dev A well-formed identifier of 1 to 31 bytes out of any seed.
    function _anyArea(uint256 seed) internal pure returns (bytes32 area) {
        bytes memory allowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
        uint256 length = 1 + seed % 31;
        for (uint256 i; i < length; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            area |= bytes32(allowed[random % allowed.length]) >> (8 * i);
        }
    }

    /// @dev A key of P-256, another one for each index.
    function _key(uint256 index) internal returns (bytes32 x, bytes32 y) {
        (uint256 x_, uint256 y_) = vm.publicKeyP256(index + 1);
        return (bytes32(x_), bytes32(y_));
    }

    function _notAdmin(address caller) internal {
        vm.assume(caller != ADMIN);
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller));
    }
}

/// @dev One lane, its relayer, and pages to anchor.
abstract contract AnchorsTest is BaseTest {
    uint256 internal constant ENTRY = 68;

    Anchors internal anchors;

    function setUp() public virtual override {
        super.setUp();
        anchors = new Anchors(address(manager));
        vm.startPrank(ADMIN);
        anchors.openLane();
        (bytes32 x, bytes32 y) = _key(0);
        anchors.grantRelayer(0, RELAYER, x, y);
        vm.stopPrank();
    }

    function _join(uint32 lane, uint256 first, uint256 count) internal {
        vm.startPrank(ADMIN);
        for (uint256 i = first; i < first + count; ++i) {
            anchors.joinLane(lane, _area(i));
        }
        vm.stopPrank();
    }

    /// @dev A complete entry out of any seed.
    function _entry(uint256 seed) internal pure returns (bytes memory) {
        bytes32 root = keccak256(abi.encode("root", seed));
        bytes32 digest = keccak256(abi.encode("digest", seed));
        return abi.encodePacked(root, digest, uint32(1 + seed % type(uint32).max));
    }

    /// @dev Complete and empty entries out of any seed: an entry is empty where the seed has a bit.
    function _entries(uint256 count, uint256 seed) internal pure returns (bytes memory entries) {
        entries = new bytes(count * ENTRY);
        for (uint256 i; i < count; ++i) {
            if (seed >> (i % 256) & 1 == 1) continue;
            _put(entries, i, _entry(uint256(keccak256(abi.encode(seed, i)))));
        }
    }

    function _put(bytes memory entries, uint256 index, bytes memory entry) internal pure {
        for (uint256 i; i < ENTRY; ++i) {
            entries[index * ENTRY + i] = entry[i];
        }
    }

    /// @dev Anchors the lane's next page, as its relayer should.
    function _anchorNext(uint32 lane, uint40 periodEnd, bytes memory entries) internal returns (address page) {
        uint64 number = anchors.lane(lane).pages;
        bytes32 previous = number == 0 ? bytes32(0) : anchors.pageHash(lane, number - 1);
        vm.prank(RELAYER);
        return anchors.anchor(lane, number, previous, periodEnd, entries);
    }

    /// @dev The entry as a batch, taken apart byte by byte: slower than the contract, and not the same way.
    function _batch(bytes memory entries, uint256 index, uint40 start, uint40 end, uint40 anchoredAt)
        internal
        pure
        returns (IAnchors.Batch memory)
    {
        uint256 at_ = index * ENTRY;
        return IAnchors.Batch({
            root: bytes32(_number(entries, at_, 32)),
            digest: bytes32(_number(entries, at_ + 32, 32)),
            count: uint32(_number(entries, at_ + 64, 4)),
            periodStart: start,
            periodEnd: end,
            anchoredAt: anchoredAt
        });
    }

    function _number(bytes memory data, uint256 offset, uint256 length) private pure returns (uint256 number) {
        for (uint256 i; i < length; ++i) {
            number = (number << 8) | uint8(data[offset + i]);
        }
    }

    function _assertEq(IAnchors.Batch memory a, IAnchors.Batch memory b) internal pure {
        assertEq(keccak256(abi.encode(a)), keccak256(abi.encode(b)), "batch");
    }
}
