// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {ISigned} from "./interfaces/ISigned.sol";

/// @title Signed
/// @notice The one check of signed statements.
abstract contract Signed is ISigned, EIP712 {
    /// @dev Reverts unless `signer` signed the struct with this hash for this contract and chain, and the deadline has not
    /// passed. An account with code is asked by `staticcall`: it cannot come back in and change anything.
    function _checkSignature(address signer, uint40 deadline, bytes32 structHash, bytes calldata signature)
        internal
        view
    {
        if (deadline < block.timestamp) revert Expired(deadline, uint40(block.timestamp));
        bytes32 digest = _hashTypedDataV4(structHash);
        if (!SignatureChecker.isValidSignatureNowCalldata(signer, digest, signature)) revert InvalidSignature(signer);
    }
}
