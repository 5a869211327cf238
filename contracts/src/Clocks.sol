// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IClocks} from "./interfaces/IClocks.sol";
import {AreaId} from "./libraries/AreaId.sol";
import {Name} from "./libraries/Name.sol";

/// @title Clocks
/// @notice Clocks of complaint classes by schedule, and the schedules that areas follow. Immutable and append-only:
/// administration changes what comes, not what was.
contract Clocks is IClocks, AccessManaged {
    /* CONSTANTS */

    /// @inheritdoc IClocks
    uint40 public constant MAX_LEAD = 366 days;

    /* STORAGE */

    mapping(bytes32 schedule => mapping(bytes32 class => Clock[])) private _clocks;
    mapping(bytes32 schedule => bytes32[]) private _classes;
    mapping(bytes32 area => Assignment[]) private _assignments;

    /* CONSTRUCTOR */

    /// @param authority The AccessManager that says who administers.
    constructor(address authority) AccessManaged(authority) {}

    /* ADMINISTRATION */

    /// @inheritdoc IClocks
    function setClock(bytes32 schedule, bytes32 class, uint32 duration, uint40 effectiveFrom) external restricted {
        Name.check(schedule);
        Name.check(class);
        Clock[] storage list = _clocks[schedule][class];
        uint256 index = list.length;
        effectiveFrom = _checked(effectiveFrom, index == 0 ? 0 : list[index - 1].effectiveFrom);

        if (index == 0) _classes[schedule].push(class);
        _clocks[schedule][class].push(
            Clock({duration: duration, effectiveFrom: effectiveFrom, setAt: uint40(block.timestamp)})
        );

        emit ClockSet(schedule, class, index, duration, effectiveFrom);
    }

    /// @inheritdoc IClocks
    function assign(bytes32 area, bytes32 schedule, uint40 effectiveFrom) external restricted {
        AreaId.check(area);
        if (schedule != 0) Name.check(schedule);
        Assignment[] storage list = _assignments[area];
        uint256 index = list.length;
        effectiveFrom = _checked(effectiveFrom, index == 0 ? 0 : list[index - 1].effectiveFrom);

        _assignments[area].push(
            Assignment({schedule: schedule, effectiveFrom: effectiveFrom, setAt: uint40(block.timestamp)})
        );

        emit ScheduleAssigned(area, schedule, index, effectiveFrom);
    }

    /* VIEWS */

    /// @inheritdoc IClocks
    function clockAt(bytes32 area, bytes32 class, uint40 time) external view returns (uint32) {
        Clock[] storage list = _clocks[scheduleAt(area, time)][class];
        // From the newest back: those that are still to come are few.
        for (uint256 i = list.length; i != 0; --i) {
            if (list[i - 1].effectiveFrom <= time) return list[i - 1].duration;
        }
        return 0;
    }

    /// @inheritdoc IClocks
    function scheduleAt(bytes32 area, uint40 time) public view returns (bytes32) {
        Assignment[] storage list = _assignments[area];
        for (uint256 i = list.length; i != 0; --i) {
            if (list[i - 1].effectiveFrom <= time) return list[i - 1].schedule;
        }
        return 0;
    }

    /// @inheritdoc IClocks
    function clocks(bytes32 schedule, bytes32 class) external view returns (Clock[] memory) {
        return _clocks[schedule][class];
    }

    /// @inheritdoc IClocks
    function assignments(bytes32 area) external view returns (Assignment[] memory) {
        return _assignments[area];
    }

    /// @inheritdoc IClocks
    function classes(bytes32 schedule) external view returns (bytes32[] memory) {
        return _classes[schedule];
    }

    /* INTERNAL */

    /// @dev The time from which a change is in force, if it lies ahead and not too far, and not before the last one's. Not
    /// this block's own time: what was done earlier in the same second keeps its clock.
    function _checked(uint40 effectiveFrom, uint40 last) private view returns (uint40) {
        uint40 earliest = uint40(block.timestamp) + 1;
        uint40 latest = earliest + MAX_LEAD;
        if (last > earliest) earliest = last;
        if (effectiveFrom == 0) return earliest;
        if (effectiveFrom < earliest || effectiveFrom > latest) {
            revert WrongEffectiveFrom(earliest, latest, effectiveFrom);
        }
        return effectiveFrom;
    }
}
