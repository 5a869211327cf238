// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";

/// @title DeviceRecord
/// @notice Reads a device's signed record: canonical JSON whose first two members are `device_id` and `device_signature`,
/// followed by members of integers and strings in the order of their keys. It takes any such member, so that records of a
/// later version can be read too; `power_status`, `sequence` and `timestamp` must be there. What a batch further demands of
/// a record (places, gaps in its sequence) is not its matter: it reads what a device signed.
library DeviceRecord {
    /// @notice The record is not spelled as it must be; first seen at this byte.
    error InvalidRecord(uint256 at);

    /// @dev What a record says. `message` is what the device signed: the record without its signature.
    struct Parsed {
        bytes message;
        bytes deviceId;
        bytes32 r;
        bytes32 s;
        bool on;
        uint64 sequence;
        uint64 timestamp;
        // Which of the members that must be there have been seen.
        uint256 seen;
    }

    /// @dev Longest record, in bytes.
    uint256 internal constant MAX_LENGTH = 500;

    /// @dev Largest integer of canonical JSON.
    uint256 private constant MAX_INTEGER = 2 ** 53 - 1;

    bytes private constant HEAD = '{"device_id":"';
    bytes private constant SIGNATURE = '","device_signature":"';
    /// @dev 64 bytes in base64url without padding.
    uint256 private constant SIGNATURE_LENGTH = 86;

    /// @dev Members that must be there, as bits of `seen`.
    uint256 private constant STATUS = 1;
    uint256 private constant SEQUENCE = 2;
    uint256 private constant TIMESTAMP = 4;

    /// @dev What the record says; reverts with `InvalidRecord` where it is not spelled as it must be.
    function parse(bytes calldata record) internal pure returns (Parsed memory p) {
        if (record.length > MAX_LENGTH) revert InvalidRecord(MAX_LENGTH);
        _expect(record, 0, HEAD);
        uint256 idEnd = _stringEnd(record, HEAD.length);
        if (idEnd == HEAD.length) revert InvalidRecord(idEnd);
        p.deviceId = record[HEAD.length:idEnd];
        _expect(record, idEnd, SIGNATURE);
        uint256 start = idEnd + SIGNATURE.length;
        uint256 end = start + SIGNATURE_LENGTH;
        _expect(record, end, '",');
        (p.r, p.s) = _signature(record[start:end], start);
        p.message = bytes.concat(record[:idEnd], '",', record[end + 2:]);
        // The key of the signature, between its quotes: all others come after it.
        _members(record, end + 2, record[idEnd + 3:start - 3], p);
    }

    /// @dev Reads the members from `at` to the end.
    function _members(bytes calldata record, uint256 at, bytes calldata last, Parsed memory p) private pure {
        while (true) {
            uint256 keyEnd = _key(record, at, last);
            last = record[at + 1:keyEnd];
            at = _value(record, last, keyEnd + 2, p);
            if (at >= record.length) revert InvalidRecord(at);
            if (record[at] == "}") break;
            if (record[at] != ",") revert InvalidRecord(at);
            ++at;
        }
        if (at + 1 != record.length || p.seen != STATUS | SEQUENCE | TIMESTAMP) revert InvalidRecord(at);
    }

    /// @dev R and S of the signature, which must be spelled as an encoder does (the last character has bits to spare).
    function _signature(bytes calldata text, uint256 at) private pure returns (bytes32 r, bytes32 s) {
        bytes memory decoded = Base64.decode(string(text));
        if (decoded.length != 64 || keccak256(bytes(Base64.encodeURL(decoded))) != keccak256(text)) {
            revert InvalidRecord(at);
        }
        assembly ("memory-safe") {
            r := mload(add(decoded, 32))
            s := mload(add(decoded, 64))
        }
    }

    /// @dev End of the key at `at`, which must come after `last` in the order of bytes.
    function _key(bytes calldata record, uint256 at, bytes calldata last) private pure returns (uint256 end) {
        _expect(record, at, '"');
        end = _stringEnd(record, at + 1);
        _expect(record, end, '":');
        if (!_isAfter(record[at + 1:end], last)) revert InvalidRecord(at);
    }

    /// @dev End of the value at `at`; what is known goes into `p`.
    function _value(bytes calldata record, bytes calldata key, uint256 at, Parsed memory p)
        private
        pure
        returns (uint256 end)
    {
        bytes32 name = keccak256(key);
        if (at < record.length && record[at] == '"') {
            end = _stringEnd(record, at + 1);
            if (name == keccak256("power_status")) {
                bytes32 status = keccak256(record[at + 1:end]);
                p.on = status == keccak256("ON");
                if (!p.on && status != keccak256("OFF")) revert InvalidRecord(at);
                p.seen |= STATUS;
            }
            return end + 1;
        }
        bool negative;
        uint64 number;
        (end, negative, number) = _integer(record, at);
        if (name == keccak256("sequence") && !negative) (p.sequence, p.seen) = (number, p.seen | SEQUENCE);
        if (name == keccak256("timestamp") && !negative) (p.timestamp, p.seen) = (number, p.seen | TIMESTAMP);
    }

    /// @dev An integer without leading zeros, fraction or exponent, and no `-0`.
    function _integer(bytes calldata record, uint256 at)
        private
        pure
        returns (uint256 end, bool negative, uint64 number)
    {
        end = at;
        if (end < record.length && record[end] == "-") (negative, end) = (true, end + 1);
        uint256 start = end;
        uint256 value;
        while (end < record.length && record[end] >= "0" && record[end] <= "9" && value <= MAX_INTEGER) {
            value = value * 10 + uint8(record[end]) - 0x30;
            ++end;
        }
        bool leadingZero = end > start && record[start] == "0" && (end != start + 1 || negative);
        if (end == start || leadingZero || value > MAX_INTEGER) revert InvalidRecord(at);
        number = uint64(value);
    }

    /// @dev Where the string ends that begins at `at`, behind its opening quote: printable ASCII without `\`.
    function _stringEnd(bytes calldata record, uint256 at) private pure returns (uint256 end) {
        for (end = at; end < record.length && record[end] != '"'; ++end) {
            if (record[end] < 0x20 || record[end] > 0x7e || record[end] == "\\") revert InvalidRecord(end);
        }
        if (end >= record.length) revert InvalidRecord(end);
    }

    function _expect(bytes calldata record, uint256 at, bytes memory text) private pure {
        uint256 end = at + text.length;
        if (end > record.length || keccak256(record[at:end]) != keccak256(text)) revert InvalidRecord(at);
    }

    /// @dev Whether `a` comes after `b` in the order of bytes.
    function _isAfter(bytes calldata a, bytes calldata b) private pure returns (bool) {
        uint256 shared = a.length < b.length ? a.length : b.length;
        for (uint256 i; i < shared; ++i) {
            if (a[i] != b[i]) return a[i] > b[i];
        }
        return a.length > b.length;
    }
}
