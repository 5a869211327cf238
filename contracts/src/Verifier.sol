// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";

import {IAnchors} from "./interfaces/IAnchors.sol";
import {IRosters} from "./interfaces/IRosters.sol";
import {IVerifier} from "./interfaces/IVerifier.sol";
import {DeviceRecord} from "./libraries/DeviceRecord.sol";
import {Rfc6962} from "./libraries/Rfc6962.sol";

/// @title Verifier
/// @notice Records checked on the chain, for contracts and for those who trust nothing else. It keeps nothing.
contract Verifier is IVerifier {
    /* IMMUTABLES */

    /// @inheritdoc IVerifier
    address public immutable ANCHORS;

    /// @inheritdoc IVerifier
    address public immutable ROSTERS;

    /* CONSTRUCTOR */

    constructor(address anchors, address rosters) {
        (ANCHORS, ROSTERS) = (anchors, rosters);
    }

    /* VIEWS */

    /// @inheritdoc IVerifier
    function verify(bytes32 area, uint64 number, bytes calldata record, Inclusion calldata inclusion, Row calldata row)
        external
        view
        returns (Statement memory)
    {
        uint40 time = _included(area, number, record, inclusion);
        return _signed(area, time, record, row);
    }

    /// @inheritdoc IVerifier
    function verifyDevice(bytes32 area, uint40 time, bytes calldata record, Row calldata row)
        external
        view
        returns (Statement memory)
    {
        return _signed(area, time, record, row);
    }

    /// @inheritdoc IVerifier
    function verifyInclusion(bytes32 area, uint64 number, bytes calldata record, Inclusion calldata inclusion)
        external
        view
    {
        _included(area, number, record, inclusion);
    }

    /* INTERNAL */

    /// @dev The start of the period of the batch that the record is in.
    function _included(bytes32 area, uint64 number, bytes calldata record, Inclusion calldata inclusion)
        private
        view
        returns (uint40)
    {
        IAnchors.Batch memory b = IAnchors(ANCHORS).batch(area, number);
        bytes32 leaf = Rfc6962.leaf(record);
        if (!Rfc6962.includes(b.root, leaf, inclusion.leafIndex, b.count, inclusion.path)) {
            revert NotInBatch(area, number, leaf);
        }
        return b.periodStart;
    }

    /// @dev What a record says that a device of the roster signed.
    function _signed(bytes32 area, uint40 time, bytes calldata record, Row calldata row)
        private
        view
        returns (Statement memory)
    {
        DeviceRecord.Parsed memory p = DeviceRecord.parse(record);
        _enrolled(area, time, p.deviceId, row);
        if (p.sequence < row.firstSequence || p.sequence > row.lastSequence) {
            revert SequenceOutOfRange(row.firstSequence, row.lastSequence, p.sequence);
        }
        if (!P256.verify(sha256(p.message), p.r, p.s, row.x, row.y)) revert InvalidDeviceSignature();
        return Statement({deviceId: string(p.deviceId), sequence: p.sequence, timestamp: p.timestamp, on: p.on});
    }

    /// @dev Reverts unless the row is in the roster that was in force.
    function _enrolled(bytes32 area, uint40 time, bytes memory deviceId, Row calldata row) private view {
        (uint64 version, IRosters.Roster memory roster) = IRosters(ROSTERS).inForce(area, time);
        if (version == 0) revert NoRosterInForce(area, time);
        bytes32 leaf = Rfc6962.leaf(abi.encodePacked(row.x, row.y, row.firstSequence, row.lastSequence, deviceId));
        Inclusion calldata inclusion = row.inclusion;
        if (!Rfc6962.includes(roster.root, leaf, inclusion.leafIndex, roster.devices, inclusion.path)) {
            revert NotInRoster(area, version, leaf);
        }
    }
}
