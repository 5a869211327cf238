// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IOfficials} from "./interfaces/IOfficials.sol";
import {AreaId} from "./libraries/AreaId.sol";

/// @title Officials
/// @notice Grants of (area, wallet, level, from, until). Immutable: administration grants and revokes, never backwards.
contract Officials is IOfficials, AccessManaged {
    /* CONSTANTS */

    /// @inheritdoc IOfficials
    uint8 public constant MAX_LEVEL = 9;

    /// @dev Stands for all areas in a grant; no area's identifier.
    bytes32 private constant ALL_AREAS = 0;

    /* STORAGE */

    /// @dev In the order of their terms, which do not overlap.
    mapping(bytes32 area => mapping(address wallet => Grant[])) private _grants;

    /* CONSTRUCTOR */

    /// @param authority The AccessManager that says who administers.
    constructor(address authority) AccessManaged(authority) {}

    /* ADMINISTRATION */

    /// @inheritdoc IOfficials
    function grant(bytes32 area, address wallet, uint8 level, uint40 from, uint40 until)
        external
        restricted
        returns (uint256 index)
    {
        if (area != ALL_AREAS) AreaId.check(area);
        if (wallet == address(0)) revert InvalidWallet();
        if (level == 0 || level > MAX_LEVEL) revert InvalidLevel(level, MAX_LEVEL);
        if (from == 0) from = uint40(block.timestamp);
        if (from < block.timestamp || until <= from) revert InvalidTerm(from, until, uint40(block.timestamp));
        Grant[] storage list = _grants[area][wallet];
        index = list.length;
        if (index != 0 && from < _end(list[index - 1])) revert TermsOverlap(area, wallet, _end(list[index - 1]));

        list.push(Grant({level: level, from: from, until: until, revokedAt: 0}));

        emit OfficialGranted(area, wallet, index, level, from, until);
    }

    /// @inheritdoc IOfficials
    function revoke(bytes32 area, address wallet, uint256 index) external restricted {
        Grant[] storage list = _grants[area][wallet];
        if (index >= list.length) revert NoGrant(area, wallet, index);
        if (_end(list[index]) <= block.timestamp) revert GrantOver(area, wallet, index);

        list[index].revokedAt = uint40(block.timestamp);

        emit OfficialRevoked(area, wallet, index, uint40(block.timestamp));
    }

    /* VIEWS */

    /// @inheritdoc IOfficials
    function levelOf(bytes32 area, address wallet) external view returns (uint8) {
        return levelAt(area, wallet, uint40(block.timestamp));
    }

    /// @inheritdoc IOfficials
    function levelAt(bytes32 area, address wallet, uint40 time) public view returns (uint8 level) {
        level = _levelAt(_grants[area][wallet], time);
        if (level == 0) level = _levelAt(_grants[ALL_AREAS][wallet], time);
    }

    /// @inheritdoc IOfficials
    function grants(bytes32 area, address wallet) external view returns (Grant[] memory) {
        return _grants[area][wallet];
    }

    /* INTERNAL */

    /// @dev Where a grant's power ends: by its term, or by revocation.
    function _end(Grant memory g) private pure returns (uint40) {
        return g.revokedAt == 0 || g.until < g.revokedAt ? g.until : g.revokedAt;
    }

    /// @dev The level of the one grant in force at a time, or zero. From the newest back, past those that begin later.
    function _levelAt(Grant[] storage list, uint40 time) private view returns (uint8) {
        for (uint256 i = list.length; i != 0; --i) {
            Grant memory g = list[i - 1];
            // One revoked before its term began has an end before its beginning, and is passed too.
            if (time < g.from || _end(g) <= g.from) continue;
            // All before it ended where it began, or earlier.
            return time < _end(g) ? g.level : 0;
        }
        return 0;
    }
}
