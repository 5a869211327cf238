// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IRosters} from "./interfaces/IRosters.sol";
import {AreaId} from "./libraries/AreaId.sol";

/// @title Rosters
/// @notice Append-only versions of each area's roster. Immutable: administration grants registrars, and has no power over
/// what was published.
contract Rosters is IRosters, AccessManaged {
    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IRosters
    uint40 public constant MAX_LEAD = 366 days;

    /// @inheritdoc IRosters
    uint40 public immutable delay;

    /// @dev Stands for all areas in a grant; no area's identifier.
    bytes32 private constant ALL_AREAS = 0;

    /* STORAGE */

    mapping(bytes32 area => Roster[]) private _rosters;
    mapping(address registrar => mapping(bytes32 area => bool)) private _grants;

    /* CONSTRUCTOR */

    /// @param authority The AccessManager that says who administers.
    /// @param delay_ Seconds between a roster's block and the earliest time from which it can be in force.
    constructor(address authority, uint40 delay_) AccessManaged(authority) {
        delay = delay_;
    }

    /* ADMINISTRATION */

    /// @inheritdoc IRosters
    function grantRegistrar(address registrar, bytes32 area) external restricted {
        if (area != ALL_AREAS) AreaId.check(area);
        if (_grants[registrar][area]) revert AlreadyRegistrar(registrar, area);

        _grants[registrar][area] = true;

        emit RegistrarGranted(registrar, area);
    }

    /// @inheritdoc IRosters
    function revokeRegistrar(address registrar, bytes32 area) external restricted {
        if (!_grants[registrar][area]) revert NotRegistrar(registrar, area);

        _grants[registrar][area] = false;

        emit RegistrarRevoked(registrar, area);
    }

    /* PUBLISHING */

    /// @inheritdoc IRosters
    function publish(bytes32 area, uint64 version, bytes32 digest, bytes32 root, uint32 devices, uint40 effectiveFrom)
        external
    {
        if (!isRegistrar(msg.sender, area)) revert NotRegistrar(msg.sender, area);
        AreaId.check(area);
        if (version != versions(area) + 1) revert WrongVersion(versions(area) + 1, version);
        if (digest == 0 || root == 0) revert InvalidRoster(digest, root);
        _checkEffectiveFrom(area, effectiveFrom);

        _rosters[area].push(Roster(digest, root, devices, effectiveFrom, uint40(block.timestamp)));

        emit RosterPublished(area, version, digest, root, devices, effectiveFrom);
    }

    /* VIEWS */

    /// @inheritdoc IRosters
    function roster(bytes32 area, uint64 version) external view returns (Roster memory) {
        if (version == 0 || version > versions(area)) revert NoRoster(area, version);
        return _rosters[area][version - 1];
    }

    /// @inheritdoc IRosters
    function versions(bytes32 area) public view returns (uint64) {
        return uint64(_rosters[area].length);
    }

    /// @inheritdoc IRosters
    function inForce(bytes32 area, uint40 time) external view returns (uint64 version, Roster memory r) {
        Roster[] storage list = _rosters[area];
        // Versions up to `version` are in force at or before `time`, those above `high` come later.
        uint64 high = uint64(list.length);
        while (version < high) {
            uint64 middle = (version + high + 1) / 2;
            if (list[middle - 1].effectiveFrom <= time) version = middle;
            else high = middle - 1;
        }
        if (version != 0) r = list[version - 1];
    }

    /// @inheritdoc IRosters
    function isRegistrar(address account, bytes32 area) public view returns (bool) {
        return _grants[account][area] || _grants[account][ALL_AREAS];
    }

    /* INTERNAL */

    /// @dev Reverts unless `effectiveFrom` lies far enough ahead, not too far, and not before the last version's.
    function _checkEffectiveFrom(bytes32 area, uint40 effectiveFrom) private view {
        uint40 earliest = uint40(block.timestamp) + delay;
        uint40 latest = earliest + MAX_LEAD;
        uint256 count = _rosters[area].length;
        if (count != 0) {
            uint40 last = _rosters[area][count - 1].effectiveFrom;
            if (last > earliest) earliest = last;
        }
        if (effectiveFrom < earliest || effectiveFrom > latest) {
            revert WrongEffectiveFrom(earliest, latest, effectiveFrom);
        }
    }
}
