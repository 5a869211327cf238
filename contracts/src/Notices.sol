// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {Signed} from "./Signed.sol";
import {Submissions} from "./Submissions.sol";
import {IClocks} from "./interfaces/IClocks.sol";
import {INotices} from "./interfaces/INotices.sol";
import {IOfficials} from "./interfaces/IOfficials.sol";
import {Name} from "./libraries/Name.sol";
import {NoticeTypes} from "./libraries/NoticeTypes.sol";

/// @title Notices
/// @notice Planned outages and their changes. Immutable, and nobody administers it: who may announce is said by
/// `Officials`, for which areas by `Clocks`.
contract Notices is INotices, Signed, Submissions {
    using NoticeTypes for Notice;

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc INotices
    uint40 public constant MAX_LENGTH = 7 days;

    /// @inheritdoc INotices
    uint40 public constant MAX_LEAD = 366 days;

    /// @inheritdoc INotices
    address public immutable OFFICIALS;

    /// @inheritdoc INotices
    address public immutable CLOCKS;

    /* STORAGE */

    mapping(bytes32 id => Announced) private _notices;

    /* CONSTRUCTOR */

    constructor(address officials, address clocks) EIP712("Power Tracker Notices", "1") {
        (OFFICIALS, CLOCKS) = (officials, clocks);
    }

    /* ANNOUNCING */

    /// @inheritdoc INotices
    function announce(Notice calldata n) external returns (bytes32) {
        return _announce(n, msg.sender);
    }

    /// @inheritdoc INotices
    function announceBySig(Notice calldata n, address signer, uint40 deadline, bytes calldata signature)
        external
        returns (bytes32)
    {
        _checkSignature(signer, deadline, n.signedHash(signer, deadline), signature);
        return _announce(n, signer);
    }

    /* VIEWS */

    /// @inheritdoc INotices
    function notice(bytes32 id) external view returns (Announced memory) {
        return _notices[id];
    }

    /// @inheritdoc INotices
    function noticeId(Notice calldata n, address signer) public view returns (bytes32) {
        return _hashTypedDataV4(n.hash(signer));
    }

    /* INTERNAL */

    function _announce(Notice calldata n, address signer) private returns (bytes32 id) {
        uint8 signerLevel = IOfficials(OFFICIALS).levelOf(n.area, signer);
        if (signerLevel == 0) revert NotOfficial(n.area, signer);
        if (IClocks(CLOCKS).scheduleAt(n.area, uint40(block.timestamp)) == 0) revert UnknownArea(n.area);
        Name.checkOptional(n.feeder);
        _checkTimes(n);
        if (n.reason == 0 || n.reason == keccak256("")) revert NoReason();
        id = noticeId(n, signer);
        if (_notices[id].at != 0) revert AlreadyAnnounced(id);
        bytes32 place = keccak256(abi.encode(n.area, n.feeder));
        _change(n, place, id);

        uint40 now_ = uint40(block.timestamp);
        bool late = now_ > n.start;
        _notices[id] = Announced({
            place: place,
            start: n.start,
            end: n.end,
            restoration: n.restoration,
            at: now_,
            late: late,
            withdrawn: n.withdrawn,
            changedBy: 0
        });

        emit NoticeAnnounced(id, n.area, signer, n, late, signerLevel, now_);
    }

    /// @dev Marks the notice that this one changes, if it changes one.
    function _change(Notice calldata n, bytes32 place, bytes32 id) private {
        if (n.changes == 0) {
            if (n.withdrawn) revert NothingToWithdraw();
            return;
        }
        Announced storage before = _notices[n.changes];
        if (before.place != place) revert NothingToChange(n.changes);
        if (before.changedBy != 0) revert AlreadyChanged(n.changes, before.changedBy);

        before.changedBy = id;
    }

    function _checkTimes(Notice calldata n) private view {
        if (
            n.end <= n.start || n.end - n.start > MAX_LENGTH || n.start > block.timestamp + MAX_LEAD
                || n.restoration < n.start
        ) revert InvalidTimes(n.start, n.end, n.restoration);
    }
}
