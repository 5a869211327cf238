// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ISubmissions} from "./interfaces/ISubmissions.sol";

/// @title Submissions
/// @notice Lists of calls. Nothing here takes ether, and a call runs as its sender's own: a list gives nobody a power that
/// single calls do not.
abstract contract Submissions is ISubmissions {
    /// @inheritdoc ISubmissions
    function submit(bytes[] calldata calls, uint256 gasEach) external returns (uint256 done) {
        if (calls.length == 0) revert NothingToDo();
        bytes memory first = "";
        for (uint256 i; i < calls.length; ++i) {
            (bool ok, bytes memory reason) = _submit(i, calls[i], gasEach);
            if (ok) {
                ++done;
                continue;
            }
            if (i == 0) first = reason;
            emit SubmissionRefused(i, reason);
        }
        if (done == 0) _revert(first);
    }

    /// @dev One call.
    function _submit(uint256 position, bytes calldata data, uint256 gasEach) private returns (bool, bytes memory) {
        if (bytes4(data) == ISubmissions.submit.selector) {
            return (false, abi.encodeWithSelector(NestedSubmission.selector));
        }
        if (gasEach == 0) return address(this).delegatecall(data);
        // In memory already, so that next to nothing happens between the check and the call.
        bytes memory copy = data;
        // A call gets all but a 64th of what is left, silently less than asked. 1,000 for what is between here and there.
        uint256 left = gasleft();
        left -= Math.min(left, 1_000);
        if (left - left / 64 < gasEach) revert NotEnoughGas(position);
        return address(this).delegatecall{gas: gasEach}(copy);
    }

    /// @dev Reverts with the reason as it is.
    function _revert(bytes memory reason) internal pure {
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }
}
