// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {WebAuthn} from "@openzeppelin/contracts/utils/cryptography/WebAuthn.sol";

/// @title PasskeyAccount
/// @notice An account that signs as a passkey does. A signature is the ABI encoding of the six fields of
/// `WebAuthn.WebAuthnAuth` (r, s, challengeIndex, typeIndex, authenticatorData, clientDataJSON) over the hash as challenge,
/// by an authenticator that has verified its user (PIN or biometrics), S low.
contract PasskeyAccount is IERC1271 {
    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (bool decoded, WebAuthn.WebAuthnAuth calldata auth) = WebAuthn.tryDecodeAuth(signature);
        (bytes32 x, bytes32 y) = key();
        bool valid = decoded && WebAuthn.verify(abi.encodePacked(hash), auth, x, y);
        return valid ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }

    /// @notice The passkey: it is part of the account's code, and never changes.
    function key() public view returns (bytes32 x, bytes32 y) {
        return abi.decode(Clones.fetchCloneArgs(address(this)), (bytes32, bytes32));
    }
}
