// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IClocks
/// @notice How long an official has for each class of complaint. A schedule (say that of a state's towns) has a clock for
/// each of its classes; an area follows one schedule at a time. Both change from a later time on, never backwards, so
/// which clock held at a past time never changes.
interface IClocks {
    /* TYPES */

    /// @notice A class's clock in a schedule, from a time on.
    struct Clock {
        /// @dev Seconds; zero where complaints of the class are taken no more.
        uint32 duration;
        /// @dev From here (UNIX seconds, inclusive) until a later one is in force.
        uint40 effectiveFrom;
        /// @dev Time of the block that set it.
        uint40 setAt;
    }

    /// @notice The schedule that an area follows, from a time on.
    struct Assignment {
        /// @dev Zero where complaints from the area are taken no more.
        bytes32 schedule;
        uint40 effectiveFrom;
        uint40 setAt;
    }

    /* ERRORS */

    /// @notice It must be in force from some time between `earliest` and `latest`.
    error WrongEffectiveFrom(uint40 earliest, uint40 latest, uint40 given);

    /* EVENTS */

    /// @notice A class of a schedule has another clock from `effectiveFrom` on (zero: is taken no more).
    event ClockSet(
        bytes32 indexed schedule, bytes32 indexed class, uint256 index, uint32 duration, uint40 effectiveFrom
    );

    /// @notice An area follows another schedule from `effectiveFrom` on (zero: none).
    event ScheduleAssigned(bytes32 indexed area, bytes32 indexed schedule, uint256 index, uint40 effectiveFrom);

    /* ADMINISTRATION */

    /// @notice Sets a class's clock in a schedule.
    /// @param schedule 1 to 31 bytes of a-z, 0-9 and `-`, left-aligned, padded with zeros; so is `class`.
    /// @param duration Seconds; zero to take no more complaints of the class.
    /// @param effectiveFrom After this block, not before the last change's, at most `MAX_LEAD` after this block; zero for
    /// the earliest possible.
    function setClock(bytes32 schedule, bytes32 class, uint32 duration, uint40 effectiveFrom) external;

    /// @notice Lets an area follow a schedule. An area is known here once it follows one.
    /// @param schedule The schedule, or zero to take no more complaints from the area.
    /// @param effectiveFrom As for `setClock`.
    function assign(bytes32 area, bytes32 schedule, uint40 effectiveFrom) external;

    /* VIEWS */

    /// @notice Seconds by which a change may lie ahead.
    function MAX_LEAD() external view returns (uint40);

    /// @notice The clock of a class in an area at a time, in seconds: the last one that had come into force in the
    /// schedule that the area then followed; zero where there was none.
    /// @dev For times up to this block's the answer is final.
    function clockAt(bytes32 area, bytes32 class, uint40 time) external view returns (uint32 duration);

    /// @notice The schedule that an area follows at a time; zero where none.
    function scheduleAt(bytes32 area, uint40 time) external view returns (bytes32);

    /// @notice All clocks that a class has had in a schedule, the first one first.
    function clocks(bytes32 schedule, bytes32 class) external view returns (Clock[] memory);

    /// @notice All schedules that an area has followed, the first one first.
    function assignments(bytes32 area) external view returns (Assignment[] memory);

    /// @notice All classes that a schedule has ever had.
    function classes(bytes32 schedule) external view returns (bytes32[] memory);
}
