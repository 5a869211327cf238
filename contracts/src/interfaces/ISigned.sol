// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title ISigned
/// @notice Statements that anyone may submit, signed by who makes them: EIP-712, by a plain key (65 bytes, low s), by an
/// account with code (ERC-1271), which an EIP-7702 account is too. There are no nonces: what is signed has its place, or
/// its uniqueness, by its content.
interface ISigned {
    /* ERRORS */

    /// @notice The signature may be submitted up to its deadline only (inclusive).
    error Expired(uint40 deadline, uint40 blockTime);

    /// @notice It is no signature of this signer over this statement for this contract on this chain.
    error InvalidSignature(address signer);
}
