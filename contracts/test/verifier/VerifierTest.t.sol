// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";

import {Rosters} from "../../src/Rosters.sol";
import {Verifier} from "../../src/Verifier.sol";
import {IAnchors} from "../../src/interfaces/IAnchors.sol";
import {IVerifier} from "../../src/interfaces/IVerifier.sol";
import {DeviceRecord} from "../../src/libraries/DeviceRecord.sol";
import {AnchorsTest} from "../BaseTest.sol";
import {Trees} from "../libraries/Rfc6962Test.t.sol";

contract VerifierTest is AnchorsTest, Trees {
    uint256 private constant ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551;
    uint64 private constant LAST = 2 ** 53 - 1;
    uint256 private constant DEVICES = 5;

    Rosters private rosters;
    Verifier private verifier;
    bytes32 private area;

    /// @dev A device of the roster: its secret key and row.
    struct Device {
        uint256 key;
        string id;
        uint64 first;
        uint64 last;
    }

    Device[] private devices;
    bytes32[] private rows;
    bytes[] private records;
    bytes32[] private leaves;

    /// @dev A roster of five devices, in force, and a batch of seven records of theirs.
    function setUp() public override {
        super.setUp();
        rosters = new Rosters(address(manager), 0);
        verifier = new Verifier(address(anchors), address(rosters));
        area = _area(0);
        for (uint256 i; i < DEVICES; ++i) {
            devices.push(Device(i + 11, string.concat("hr-000", vm.toString(i)), uint64(10 * i), i == 4 ? 90 : LAST));
            rows.push(_row(devices[i]));
        }
        vm.startPrank(ADMIN);
        rosters.grantRegistrar(REGISTRAR, 0);
        vm.stopPrank();
        bytes32 roster = _root(rows, 0, DEVICES);
        vm.prank(REGISTRAR);
        rosters.publish(area, 1, "header", roster, uint32(DEVICES), uint40(START));
        _join(0, 0, 1);
        for (uint64 i; i < 7; ++i) {
            records.push(_record(devices[i % DEVICES], 42 + i, uint64(START) + i, i % 2 == 0));
            leaves.push(_leaf(records[i]));
        }
        vm.warp(START + 900);
        bytes32 root = _root(leaves, 0, 7);
        _anchorNext(0, uint40(START + 900), abi.encodePacked(root, bytes32("digest"), uint32(7)));
    }

    /* WHAT HOLDS */

    function test_verify(uint256 which) public view {
        which %= 7;
        IVerifier.Statement memory s =
            verifier.verify(area, 0, records[which], _inclusion(which), _proof(which % DEVICES));
        assertEq(s.deviceId, devices[which % DEVICES].id);
        assertEq(s.sequence, 42 + which);
        assertEq(s.timestamp, START + which);
        assertEq(s.on, which % 2 == 0);
    }

    function test_verifyDevice(uint64 sequence, uint64 timestamp, bool on, uint256 which) public view {
        Device memory d = devices[which % DEVICES];
        sequence = uint64(bound(sequence, d.first, d.last));
        timestamp = uint64(bound(timestamp, 0, LAST));
        IVerifier.Statement memory s =
            verifier.verifyDevice(area, uint40(START), _record(d, sequence, timestamp, on), _proof(which % DEVICES));
        assertEq(abi.encode(s), abi.encode(IVerifier.Statement(d.id, sequence, timestamp, on)));
    }

    /// @dev A record of a version to come, with a member that nobody knows yet.
    function test_verifyDevice_furtherFields() public view {
        string memory rest =
            '"latitude_e6":-1,"longitude_e6":0,"network":"4g","power_status":"OFF","sequence":50,"timestamp":7,"zone":"a b"}';
        IVerifier.Statement memory s = verifier.verifyDevice(area, uint40(START), _signed(devices[0], rest), _proof(0));
        assertEq(abi.encode(s), abi.encode(IVerifier.Statement("hr-0000", 50, 7, false)));
    }

    function test_verifyInclusion(uint256 which) public view {
        verifier.verifyInclusion(area, 0, records[which % 7], _inclusion(which % 7));
    }

    /// @dev Of a tree of seven leaves and a roster of five rows; a level of a tree is about 500 more.
    function test_gas_verify() public {
        (IVerifier.Inclusion memory inclusion, IVerifier.Row memory row) = (_inclusion(0), _proof(0));
        verifier.verify(area, 0, records[0], inclusion, row);
        vm.snapshotGasLastCall("Verifier", "verify");
    }

    /* WHAT DOES NOT */

    function test_verify_NotInBatch(uint256 which, uint256 elsewhere, uint256 position, uint8 bit) public {
        (which, elsewhere) = (which % 7, elsewhere % 7);
        vm.assume(which != elsewhere);
        _notInBatch(records[which], _inclusion(elsewhere), which);
        IVerifier.Inclusion memory inclusion = _inclusion(which);
        inclusion.leafIndex = 7;
        _notInBatch(records[which], inclusion, which);
        // One bit of it turned.
        bytes memory changed = records[which];
        changed[position % changed.length] ^= bytes1(uint8(1 << (bit % 8)));
        bytes32 leaf = _leaf(changed);
        inclusion = _inclusion(which);
        vm.expectRevert(abi.encodeWithSelector(IVerifier.NotInBatch.selector, area, 0, leaf));
        verifier.verifyInclusion(area, 0, changed, inclusion);
    }

    function test_verify_NoBatch(uint64 number) public {
        number = uint64(bound(number, 1, type(uint64).max));
        (IVerifier.Inclusion memory inclusion, IVerifier.Row memory row) = (_inclusion(0), _proof(0));
        vm.expectRevert(abi.encodeWithSelector(IAnchors.NoBatch.selector, area, number));
        verifier.verify(area, number, records[0], inclusion, row);
    }

    function test_verifyInclusion_anEmptyBatch() public {
        vm.warp(START + 1800);
        _anchorNext(0, uint40(START + 1800), new bytes(68));
        IVerifier.Inclusion memory none;
        bytes32 leaf = _leaf("");
        vm.expectRevert(abi.encodeWithSelector(IVerifier.NotInBatch.selector, area, 1, leaf));
        verifier.verifyInclusion(area, 1, "", none);
    }

    function test_verifyDevice_NoRosterInForce() public {
        IVerifier.Row memory row = _proof(0);
        vm.expectRevert(abi.encodeWithSelector(IVerifier.NoRosterInForce.selector, area, START - 1));
        verifier.verifyDevice(area, uint40(START - 1), records[0], row);
        vm.expectRevert(abi.encodeWithSelector(IVerifier.NoRosterInForce.selector, _area(1), START));
        verifier.verifyDevice(_area(1), uint40(START), records[0], row);
    }

    /// @dev The roster that counts is the one in force when the batch's period began.
    function test_verify_aLaterRoster() public {
        bytes32[] memory one = new bytes32[](1);
        one[0] = rows[1];
        vm.prank(REGISTRAR);
        rosters.publish(area, 2, "header", one[0], 1, uint40(START + 900));
        verifier.verify(area, 0, records[0], _inclusion(0), _proof(0));
        _refused(
            abi.encodeWithSelector(IVerifier.NotInRoster.selector, area, 2, rows[0]), START + 900, records[0], _proof(0)
        );
    }

    /// @dev Another key, another range, another name: another leaf, which is not in the roster.
    function test_verifyDevice_NotInRoster(uint256 which) public {
        IVerifier.Row memory row = _proof(0);
        if (which % 5 == 0) (row.x, row.y) = _key(0);
        if (which % 5 == 1) row.firstSequence += 1;
        if (which % 5 == 2) row.lastSequence -= 1;
        if (which % 5 == 3) row.inclusion = _proof(1).inclusion;
        if (which % 5 == 4) row.inclusion.leafIndex = uint64(DEVICES);
        bytes32 leaf = _leaf(abi.encodePacked(row.x, row.y, row.firstSequence, row.lastSequence, "hr-0000"));
        vm.expectRevert(abi.encodeWithSelector(IVerifier.NotInRoster.selector, area, 1, leaf));
        verifier.verifyDevice(area, uint40(START), records[0], row);
    }

    /// @dev A device cannot pass for another.
    function test_verifyDevice_NotInRoster_anotherDevice() public {
        Device memory impostor = devices[0];
        impostor.id = devices[1].id;
        bytes memory record = _record(impostor, 42, 1, true);
        bytes memory reason = abi.encodeWithSelector(IVerifier.InvalidDeviceSignature.selector);
        _refused(reason, START, record, _proof(1));
        IVerifier.Row memory row = _proof(0);
        bytes32 leaf = _leaf(abi.encodePacked(row.x, row.y, row.firstSequence, row.lastSequence, impostor.id));
        _refused(abi.encodeWithSelector(IVerifier.NotInRoster.selector, area, 1, leaf), START, record, row);
    }

    function test_verifyDevice_SequenceOutOfRange(uint64 sequence) public {
        sequence = uint64(bound(sequence, 91, LAST));
        bytes memory record = _record(devices[4], sequence, 1, true);
        bytes4 error = IVerifier.SequenceOutOfRange.selector;
        _refused(abi.encodeWithSelector(error, 40, 90, sequence), START, record, _proof(4));
        record = _record(devices[4], 39, 1, true);
        _refused(abi.encodeWithSelector(error, 40, 90, 39), START, record, _proof(4));
    }

    function test_verifyDevice_InvalidDeviceSignature(uint256 key) public {
        Device memory forged = devices[0];
        forged.key = bound(key, 1, 1e18);
        vm.assume(forged.key != devices[0].key);
        bytes memory record = _record(forged, 42, 1, true);
        _refused(abi.encodeWithSelector(IVerifier.InvalidDeviceSignature.selector), START, record, _proof(0));
    }

    /// @dev Any byte of a record changed: never taken.
    function test_verifyDevice_aChangedByte(uint256 position, uint8 value) public {
        bytes memory record = records[0];
        position %= record.length;
        vm.assume(record[position] != bytes1(value));
        record[position] = bytes1(value);
        IVerifier.Row memory row = _proof(0);
        vm.expectRevert();
        verifier.verifyDevice(area, uint40(START), record, row);
    }

    /* THE SHARED VECTORS */

    /// @dev Each record that devices, relayer and page are held to as well: taken where it is valid, with its leaf, and
    /// refused where it is not, but for what is a batch's matter and not a signature's.
    function test_theSharedVectors() public {
        string memory vectors = vm.readFile("protocol/tests/golden/record.json");
        uint256 taken;
        uint256 refused;
        uint256 signed;
        for (uint256 i; vm.keyExistsJson(vectors, _at(i, "")); ++i) {
            bytes memory record = bytes(vm.parseJsonString(vectors, _at(i, ".record")));
            uint256 before = vm.snapshotState();
            bool ok = this.enrolAndVerify(vm.parseJsonBytes(vectors, _at(i, ".public_key")), record);
            vm.revertToState(before);
            if (vm.parseJsonBool(vectors, _at(i, ".valid"))) {
                assertTrue(ok, string(record));
                assertEq(_leaf(record), vm.parseJsonBytes32(vectors, _at(i, ".leaf")));
                ++taken;
            } else if (_isOfBatches(vm.parseJsonString(vectors, _at(i, ".why")))) {
                assertTrue(ok, string(record));
                ++signed;
            } else {
                assertFalse(ok, string(record));
                ++refused;
            }
        }
        assertEq(taken, 50);
        assertEq(signed, 13);
        assertEq(refused, 40);
    }

    /// @dev Records with the fields of version 2 are read as they are; with a field that was added or taken out after signing
    /// they are not the device's.
    function test_theFieldsOfVersion2() public {
        string memory vectors = vm.readFile("protocol/tests/golden/fields.json");
        uint256 taken;
        uint256 changed;
        for (uint256 i; vm.keyExistsJson(vectors, _field(i, "")); ++i) {
            bytes memory record = bytes(vm.parseJsonString(vectors, _field(i, ".record")));
            bool valid = vm.parseJsonBool(vectors, _field(i, ".valid"));
            bool isChanged = !valid && vm.contains(vm.parseJsonString(vectors, _field(i, ".why")), "after signing");
            if (!valid && !isChanged) continue;
            uint256 before = vm.snapshotState();
            bool ok = this.enrolAndVerify(vm.parseJsonBytes(vectors, _field(i, ".public_key")), record);
            vm.revertToState(before);
            assertEq(ok, valid, string(record));
            if (valid) ++taken;
            else ++changed;
        }
        assertEq(taken, 5);
        assertEq(changed, 3);
    }

    /// @dev Whether a record verifies where the roster is its device alone. External, for `vm.snapshotState`.
    function enrolAndVerify(bytes memory key, bytes memory record) external returns (bool) {
        (bytes32 x, bytes32 y) = abi.decode(_slice(key, 1, 65), (bytes32, bytes32));
        bytes memory id;
        for (uint256 i = 14; i < record.length && record[i] != '"'; ++i) {
            id = abi.encodePacked(id, record[i]);
        }
        bytes32 roster = _leaf(abi.encodePacked(x, y, uint64(0), LAST, id));
        vm.prank(REGISTRAR);
        rosters.publish(_area(9), 1, "header", roster, 1, _now());
        IVerifier.Row memory row;
        (row.x, row.y, row.lastSequence) = (x, y, LAST);
        try verifier.verifyDevice(_area(9), _now(), record, row) {
            return true;
        } catch (bytes memory reason) {
            bytes4 error = bytes4(reason);
            require(
                error == DeviceRecord.InvalidRecord.selector || error == IVerifier.InvalidDeviceSignature.selector
                    || error == Base64.InvalidBase64Char.selector,
                "refused for another reason"
            );
            return false;
        }
    }

    /// @dev What makes a record invalid in a batch although its device signed it in good spelling.
    function _isOfBatches(string memory why) private pure returns (bool) {
        string[13] memory reasons = [
            "previous_sequence is sequence - 1",
            "previous_sequence is sequence",
            "previous_sequence above sequence",
            "dropped_from alone",
            "dropped_to alone",
            "dropped range turned round",
            "dropped_to not below sequence",
            "negative previous_sequence",
            "previous_sequence a string",
            "latitude out of range",
            "longitude out of range",
            "no latitude_e6",
            "no longitude_e6"
        ];
        for (uint256 i; i < reasons.length; ++i) {
            if (keccak256(bytes(reasons[i])) == keccak256(bytes(why))) return true;
        }
        return false;
    }

    /* MAKING RECORDS */

    function _record(Device memory d, uint64 sequence, uint64 timestamp, bool on) private pure returns (bytes memory) {
        return _signed(
            d,
            string.concat(
                '"latitude_e6":28179930,"longitude_e6":77297320,"power_status":"',
                on ? "ON" : "OFF",
                '","sequence":',
                vm.toString(sequence),
                ',"timestamp":',
                vm.toString(timestamp),
                "}"
            )
        );
    }

    /// @dev A record whose members after the signature are `rest`.
    function _signed(Device memory d, string memory rest) private pure returns (bytes memory) {
        string memory head = string.concat('{"device_id":"', d.id, '",');
        (bytes32 r, bytes32 s) = vm.signP256(d.key, sha256(bytes(string.concat(head, rest))));
        if (uint256(s) > ORDER / 2) s = bytes32(ORDER - uint256(s));
        string memory signature = Base64.encodeURL(abi.encodePacked(r, s));
        return bytes(string.concat(head, '"device_signature":"', signature, '",', rest));
    }

    function _row(Device memory d) private pure returns (bytes32) {
        (uint256 x, uint256 y) = vm.publicKeyP256(d.key);
        return _leaf(abi.encodePacked(x, y, d.first, d.last, d.id));
    }

    /// @dev A device's row and its place in the roster.
    function _proof(uint256 which) private view returns (IVerifier.Row memory row) {
        Device memory d = devices[which];
        (uint256 x, uint256 y) = vm.publicKeyP256(d.key);
        IVerifier.Inclusion memory inclusion = IVerifier.Inclusion(uint64(which), _path(rows, which, 0, DEVICES));
        row = IVerifier.Row(bytes32(x), bytes32(y), d.first, d.last, inclusion);
    }

    function _inclusion(uint256 which) private view returns (IVerifier.Inclusion memory) {
        return IVerifier.Inclusion(uint64(which), _path(leaves, which, 0, 7));
    }

    function _notInBatch(bytes memory record, IVerifier.Inclusion memory inclusion, uint256 which) private {
        IVerifier.Row memory row = _proof(which % DEVICES);
        vm.expectRevert(abi.encodeWithSelector(IVerifier.NotInBatch.selector, area, 0, leaves[which]));
        verifier.verify(area, 0, record, inclusion, row);
    }

    function _refused(bytes memory reason, uint256 time, bytes memory record, IVerifier.Row memory row) private {
        vm.expectRevert(reason);
        verifier.verifyDevice(area, uint40(time), record, row);
    }

    function _slice(bytes memory data, uint256 from, uint256 to) private pure returns (bytes memory part) {
        part = new bytes(to - from);
        for (uint256 i = from; i < to; ++i) {
            part[i - from] = data[i];
        }
    }

    function _field(uint256 i, string memory field) private pure returns (string memory) {
        return string.concat(".records", _at(i, field));
    }

    function _at(uint256 i, string memory field) private pure returns (string memory) {
        return string.concat("[", vm.toString(i), "]", field);
    }

    function _now() private view returns (uint40) {
        return uint40(vm.getBlockTimestamp());
    }
}
