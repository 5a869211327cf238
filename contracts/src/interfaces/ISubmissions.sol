// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title ISubmissions
/// @notice Many calls of a contract in one transaction, each standing alone: one that fails undoes itself and is named in
/// an event, and keeps nobody else's from being done.
interface ISubmissions {
    /* ERRORS */

    /// @notice There is nothing in the list.
    error NothingToDo();

    /// @notice A list of calls may not hold another one.
    error NestedSubmission();

    /// @notice What is left of the transaction's gas does not give the call at this position what was said.
    error NotEnoughGas(uint256 position);

    /* EVENTS */

    /// @notice The call at this position was refused, and changed nothing. `reason` is what it would have reverted with;
    /// empty where it ran out of the gas that the sender gave it.
    event SubmissionRefused(uint256 indexed position, bytes reason);

    /* SUBMITTING */

    /// @notice Does calls of this contract one after the other, each on its own. Reverts with the first one's reason if
    /// none could be done.
    /// @param calls What would be the data of a call of its own, by the same sender.
    /// @param gasEach Gas for each call, so that one cannot burn what the others need; zero for no limit.
    /// @return done How many calls were done.
    function submit(bytes[] calldata calls, uint256 gasEach) external returns (uint256 done);
}
