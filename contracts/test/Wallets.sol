// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CommonBase} from "forge-std/Base.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {WebAuthn} from "@openzeppelin/contracts/utils/cryptography/WebAuthn.sol";
import {SignerEIP7702} from "@openzeppelin/contracts/utils/cryptography/signers/SignerEIP7702.sol";
import {CompatibilityFallbackHandler} from "@safe-global/safe-smart-account/handler/CompatibilityFallbackHandler.sol";
import {SafeProxyFactory} from "@safe-global/safe-smart-account/proxies/SafeProxyFactory.sol";
import {Enum} from "@safe-global/safe-smart-account/libraries/Enum.sol";
import {Safe} from "@safe-global/safe-smart-account/Safe.sol";

/// @dev Safes: the multisig wallet of that name, two of three keys.
abstract contract Safes is CommonBase {
    uint256[3] internal OWNER_KEYS = [uint256(0x201), 0x202, 0x203];

    function _newSafe() internal returns (Safe safe) {
        Safe singleton = new Safe();
        address[] memory owners = new address[](3);
        for (uint256 i; i < 3; ++i) {
            owners[i] = vm.addr(OWNER_KEYS[i]);
        }
        address handler = address(new CompatibilityFallbackHandler());
        bytes memory setup = abi.encodeCall(Safe.setup, (owners, 2, address(0), "", handler, address(0), 0, payable(0)));
        safe = Safe(payable(address(new SafeProxyFactory().createProxyWithNonce(address(singleton), setup, 0))));
    }

    /// @dev Executes a call as the Safe, with the signatures of these owners.
    function _execute(Safe safe, uint256[] memory keys, address to, bytes memory data) internal returns (bool) {
        bytes memory signatures = _signatures(keys, _transactionHash(safe, to, data));
        Enum.Operation call = Enum.Operation.Call;
        return safe.execTransaction(to, 0, data, call, 0, 0, 0, address(0), payable(0), signatures);
    }

    function _transactionHash(Safe safe, address to, bytes memory data) private view returns (bytes32) {
        uint256 nonce = safe.nonce();
        return safe.getTransactionHash(to, 0, data, Enum.Operation.Call, 0, 0, 0, address(0), address(0), nonce);
    }

    /// @dev What these owners sign for the Safe to be the signer of a hash (ERC-1271).
    function _signAsSafe(Safe safe, uint256[] memory keys, bytes32 hash) internal view returns (bytes memory) {
        bytes32 messageType = 0x60b3cbf8b4a223d68d641b3b6ddf9a298e7f33710cf3d3a9d1146b5a6150fbca;
        bytes32 structHash = keccak256(abi.encode(messageType, keccak256(abi.encode(hash))));
        return _signatures(keys, keccak256(abi.encodePacked(hex"1901", safe.domainSeparator(), structHash)));
    }

    function _two() internal view returns (uint256[] memory keys) {
        keys = new uint256[](2);
        (keys[0], keys[1]) = (OWNER_KEYS[0], OWNER_KEYS[1]);
    }

    /// @dev Signatures in the order of the signers' addresses, as a Safe wants them.
    function _signatures(uint256[] memory keys, bytes32 hash) private pure returns (bytes memory signatures) {
        for (uint256 i; i < keys.length; ++i) {
            for (uint256 k = i + 1; k < keys.length; ++k) {
                if (vm.addr(keys[k]) < vm.addr(keys[i])) (keys[i], keys[k]) = (keys[k], keys[i]);
            }
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[i], hash);
            signatures = abi.encodePacked(signatures, r, s, v);
        }
    }
}

/// @dev What an authenticator answers to `navigator.credentials.get`, for a passkey of the test.
abstract contract Authenticator is CommonBase {
    uint256 private constant P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551;
    /// @dev User present and verified.
    bytes1 internal constant VERIFIED = 0x05;

    function _passkey(uint256 key) internal pure returns (bytes32 x, bytes32 y) {
        (uint256 x_, uint256 y_) = vm.publicKeyP256(key);
        return (bytes32(x_), bytes32(y_));
    }

    function _assertion(uint256 key, bytes32 challenge, bytes1 flags) internal pure returns (bytes memory) {
        WebAuthn.WebAuthnAuth memory auth;
        auth.authenticatorData = abi.encodePacked(sha256("localhost"), flags, uint32(7));
        auth.clientDataJSON = string.concat(
            '{"type":"webauthn.get","challenge":"',
            Base64.encodeURL(abi.encodePacked(challenge)),
            '","origin":"http://localhost:8080","crossOrigin":false}'
        );
        (auth.typeIndex, auth.challengeIndex) = (1, 23);
        bytes32 message = sha256(abi.encodePacked(auth.authenticatorData, sha256(bytes(auth.clientDataJSON))));
        (auth.r, auth.s) = vm.signP256(key, message);
        // An authenticator does not care; whoever passes it on must.
        if (uint256(auth.s) > P256_ORDER / 2) auth.s = bytes32(P256_ORDER - uint256(auth.s));
        return
            abi.encode(auth.r, auth.s, auth.challengeIndex, auth.typeIndex, auth.authenticatorData, auth.clientDataJSON);
    }
}

/// @dev What a plain account may delegate to (EIP-7702) and still sign by its own key.
contract DelegatedAccount is SignerEIP7702, IERC1271 {
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        return _rawSignatureValidation(hash, signature) ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @dev A wallet that says yes to everything.
contract Yes is IERC1271 {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return IERC1271.isValidSignature.selector;
    }
}

/// @dev A wallet that burns all the gas it gets.
contract Burner is IERC1271 {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        while (true) {}
        return IERC1271.isValidSignature.selector;
    }
}

/// @dev A wallet that answers what it was told, by return or revert.
contract Answering {
    bytes private _answer;
    bool private _reverts;

    constructor(bytes memory answer, bool reverts) {
        (_answer, _reverts) = (answer, reverts);
    }

    fallback() external {
        bytes memory answer = _answer;
        bool reverts = _reverts;
        assembly {
            if reverts { revert(add(answer, 32), mload(answer)) }
            return(add(answer, 32), mload(answer))
        }
    }
}

/// @dev A wallet that, asked for its signature, calls back, and says yes if that worked.
contract Reentering is IERC1271 {
    address public target;
    bytes public data;

    function aim(address target_, bytes calldata data_) external {
        (target, data) = (target_, data_);
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        (bool ok,) = target.staticcall(data);
        require(ok, "it came back and failed");
        return IERC1271.isValidSignature.selector;
    }
}
