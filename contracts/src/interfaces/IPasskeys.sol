// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IPasskeys
/// @notice Accounts of passkeys: an address for a P-256 key that lives in a phone or laptop (WebAuthn), so that an official
/// can sign without a wallet. An account only signs (ERC-1271): it holds nothing and sends nothing. Its address follows from
/// the key, and can be granted before the account is there.
interface IPasskeys {
    /// @notice The two coordinates are not a point of P-256.
    error InvalidKey(bytes32 x, bytes32 y);

    /// @notice A passkey has its account.
    event PasskeyCreated(address indexed account, bytes32 x, bytes32 y);

    /// @notice Makes the account of a passkey, by anyone. Does nothing where it is there already.
    function create(bytes32 x, bytes32 y) external returns (address account);

    /// @notice The address that the account of a passkey has or will have.
    function accountOf(bytes32 x, bytes32 y) external view returns (address);

    /// @notice The code that all accounts share.
    function IMPLEMENTATION() external view returns (address);
}
