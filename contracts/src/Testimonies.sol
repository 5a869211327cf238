// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAnchors} from "./interfaces/IAnchors.sol";
import {ITestimonies} from "./interfaces/ITestimonies.sol";

/// @title Testimonies
/// @notice Digests of blocks of records, by anyone. Immutable, and nobody administers it. A limit for all accounts
/// together would let one of them shut the others out: hence one for each, and readers take turns between accounts.
contract Testimonies is ITestimonies {
    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc ITestimonies
    uint40 public constant INTERVAL = 5 minutes;

    /// @inheritdoc ITestimonies
    address public immutable ANCHORS;

    /* STORAGE */

    /// @inheritdoc ITestimonies
    mapping(bytes32 area => mapping(bytes32 digest => uint40)) public testifiedAt;

    /// @inheritdoc ITestimonies
    mapping(bytes32 area => mapping(address account => uint40)) public lastBy;

    /* CONSTRUCTOR */

    constructor(address anchors) {
        ANCHORS = anchors;
    }

    /* TESTIFYING */

    /// @inheritdoc ITestimonies
    function testify(bytes32 area, bytes32 digest) external {
        if (!IAnchors(ANCHORS).place(area).known) revert UnknownArea(area);
        if (digest == 0) revert InvalidDigest();
        uint40 before = testifiedAt[area][digest];
        if (before != 0) revert AlreadyTestified(area, digest, before);
        uint40 last = lastBy[area][msg.sender];
        uint40 now_ = uint40(block.timestamp);
        if (last != 0 && now_ < last + INTERVAL) revert TooSoon(area, msg.sender, last + INTERVAL);

        testifiedAt[area][digest] = now_;
        lastBy[area][msg.sender] = now_;

        emit Testified(area, digest, msg.sender, now_);
    }
}
