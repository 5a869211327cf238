// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";

import {PasskeyAccount} from "./PasskeyAccount.sol";
import {IPasskeys} from "./interfaces/IPasskeys.sol";

/// @title Passkeys
/// @notice Makes accounts of passkeys. Immutable, and nobody administers it.
contract Passkeys is IPasskeys {
    /* IMMUTABLES */

    /// @inheritdoc IPasskeys
    address public immutable IMPLEMENTATION = address(new PasskeyAccount());

    /* CREATING */

    /// @inheritdoc IPasskeys
    function create(bytes32 x, bytes32 y) external returns (address account) {
        if (!P256.isValidPublicKey(x, y)) revert InvalidKey(x, y);
        account = accountOf(x, y);
        if (account.code.length != 0) return account;

        account = Clones.cloneDeterministicWithImmutableArgs(IMPLEMENTATION, abi.encode(x, y), 0);

        emit PasskeyCreated(account, x, y);
    }

    /* VIEWS */

    /// @inheritdoc IPasskeys
    function accountOf(bytes32 x, bytes32 y) public view returns (address) {
        return Clones.predictDeterministicAddressWithImmutableArgs(IMPLEMENTATION, abi.encode(x, y), 0);
    }
}
