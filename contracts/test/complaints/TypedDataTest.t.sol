// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {IComplaints} from "../../src/interfaces/IComplaints.sol";
import {INotices} from "../../src/interfaces/INotices.sol";
import {ComplaintTypes} from "../../src/libraries/ComplaintTypes.sol";
import {NoticeTypes} from "../../src/libraries/NoticeTypes.sol";
import {AccountabilityTest} from "../AccountabilityTest.sol";

/// @dev Example of EIP-712 itself, with its own domain.
contract Mail is EIP712("Ether Mail", "1") {
    function digest() external view returns (bytes32 separator, bytes32 hash) {
        bytes32 person = keccak256("Person(string name,address wallet)");
        bytes32 mail = keccak256("Mail(Person from,Person to,string contents)Person(string name,address wallet)");
        bytes32 from = keccak256(abi.encode(person, keccak256("Cow"), 0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826));
        bytes32 to = keccak256(abi.encode(person, keccak256("Bob"), 0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB));
        bytes32 structHash = keccak256(abi.encode(mail, from, to, keccak256("Hello, Bob!")));
        return (_domainSeparatorV4(), _hashTypedDataV4(structHash));
    }
}

/// @dev The contracts' hashing against a file that another implementation wrote (`golden/generate`), which Rust and the web
/// page are held to as well.
contract TypedDataTest is AccountabilityTest {
    string private golden = vm.readFile("contracts/test/golden/typed-data.json");
    uint256 private counted;

    function test_theExampleOfEip712() public {
        vm.chainId(1);
        address at_ = 0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC;
        deployCodeTo("TypedDataTest.t.sol:Mail", at_);
        (bytes32 separator, bytes32 hash) = Mail(at_).digest();
        assertEq(separator, 0xf2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f);
        assertEq(hash, 0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2);
    }

    function test_theDomains() public view {
        _assertDomain(address(complaints), "Power Tracker Complaints");
        _assertDomain(address(notices), "Power Tracker Notices");
    }

    /// @dev Every case of the file.
    function test_golden() public {
        assertEq(vm.parseJsonBytes32(golden, ".empty_note"), NO_WORDS);
        for (uint256 i; vm.keyExistsJson(golden, _at(i, "")); ++i) {
            string memory type_ = _string(i, ".typedData.primaryType");
            bytes32 hash = this.hashOf(i, type_);
            assertEq(hash, _bytes32(i, ".structHash"), _string(i, ".name"));
            assertEq(_typed(i, hash), _bytes32(i, ".digest"), _string(i, ".name"));
            ++counted;
        }
        assertEq(counted, 21, "cases");
    }

    /// @dev The contracts' hash of a case: external, so that the structs are calldata.
    function hashOf(uint256 i, string memory type_) external view returns (bytes32) {
        bytes32 t = keccak256(bytes(type_));
        string memory m = ".typedData.message";
        TypedDataTest self = TypedDataTest(address(this));
        if (t == keccak256("Filing")) return self.hash(_filingOf(i, m));
        if (t == keccak256("Action")) return self.hash(_actionOf(i, m), OFFICIAL);
        if (t == keccak256("Notice")) return self.hash(_noticeOf(i, m), OFFICIAL);
        uint40 deadline = uint40(_uint(i, ".typedData.message.deadline"));
        if (t == keccak256("SignedFiling")) {
            return self.signedHash(_filingOf(i, string.concat(m, ".filing")), deadline);
        }
        if (t == keccak256("SignedActions")) return self.signedHash(_actionsOf(i), OFFICIAL, deadline);
        if (t == keccak256("SignedRemark")) {
            return self.signedHash(_remarkOf(i, string.concat(m, ".remark")), OFFICIAL, deadline);
        }
        if (t == keccak256("SignedNotice")) {
            return self.signedHash(_noticeOf(i, string.concat(m, ".notice")), OFFICIAL, deadline);
        }
        revert(type_);
    }

    /* THE CONTRACTS' HASHING */

    address private constant OFFICIAL = 0x70997970C51812dc3A010C7d01b50e0d17dc79C8;

    function hash(IComplaints.Filing calldata f) external pure returns (bytes32) {
        return ComplaintTypes.hash(f);
    }

    function hash(IComplaints.Action calldata a, address signer) external pure returns (bytes32) {
        return ComplaintTypes.hash(a, signer);
    }

    function hash(INotices.Notice calldata n, address signer) external pure returns (bytes32) {
        return NoticeTypes.hash(n, signer);
    }

    function signedHash(IComplaints.Filing calldata f, uint40 deadline) external pure returns (bytes32) {
        return ComplaintTypes.signedHash(f, deadline);
    }

    function signedHash(IComplaints.Action[] calldata a, address signer, uint40 deadline)
        external
        pure
        returns (bytes32)
    {
        return ComplaintTypes.signedHash(a, signer, deadline);
    }

    function signedHash(IComplaints.Remark calldata r, address signer, uint40 deadline)
        external
        pure
        returns (bytes32)
    {
        return ComplaintTypes.signedHash(r, signer, deadline);
    }

    function signedHash(INotices.Notice calldata n, address signer, uint40 deadline) external pure returns (bytes32) {
        return NoticeTypes.signedHash(n, signer, deadline);
    }

    /* THE FILE */

    function _filingOf(uint256 i, string memory m) private view returns (IComplaints.Filing memory) {
        return IComplaints.Filing({
            area: _name(i, string.concat(m, ".area")),
            site: _string(i, string.concat(m, ".site")),
            feeder: _string(i, string.concat(m, ".feeder")),
            class: _name(i, string.concat(m, ".class")),
            text: _bytes32(i, string.concat(m, ".text")),
            evidence: _bytes32(i, string.concat(m, ".evidence")),
            filer: vm.parseJsonAddress(golden, _at(i, string.concat(m, ".filer")))
        });
    }

    function _actionOf(uint256 i, string memory m) private view returns (IComplaints.Action memory) {
        return IComplaints.Action({
            act: _actOf(_string(i, string.concat(m, ".act"))),
            complaint: _bytes32(i, string.concat(m, ".complaint")),
            index: uint32(_uint(i, string.concat(m, ".index"))),
            previous: _bytes32(i, string.concat(m, ".previous")),
            note: keccak256(bytes(_string(i, string.concat(m, ".note")))),
            duplicateOf: _bytes32(i, string.concat(m, ".duplicateOf"))
        });
    }

    function _actionsOf(uint256 i) private view returns (IComplaints.Action[] memory actions) {
        uint256 count;
        while (vm.keyExistsJson(golden, _at(i, _actionAt(count)))) ++count;
        actions = new IComplaints.Action[](count);
        for (uint256 k; k < count; ++k) {
            actions[k] = _actionOf(i, _actionAt(k));
        }
    }

    function _actionAt(uint256 k) private pure returns (string memory) {
        return string.concat(".typedData.message.actions[", vm.toString(k), "]");
    }

    function _remarkOf(uint256 i, string memory m) private view returns (IComplaints.Remark memory r) {
        string memory say = _string(i, string.concat(m, ".say"));
        for (uint256 k; k < 3; ++k) {
            if (keccak256(bytes(say)) == keccak256(bytes(_words(IComplaints.Say(k))))) r.say = IComplaints.Say(k);
        }
        r.complaint = _bytes32(i, string.concat(m, ".complaint"));
        r.reopening = uint32(_uint(i, string.concat(m, ".reopening")));
        r.note = keccak256(bytes(_string(i, string.concat(m, ".note"))));
    }

    function _noticeOf(uint256 i, string memory m) private view returns (INotices.Notice memory n) {
        n.area = _name(i, string.concat(m, ".area"));
        n.feeder = _string(i, string.concat(m, ".feeder"));
        n.start = uint40(_uint(i, string.concat(m, ".start")));
        n.end = uint40(_uint(i, string.concat(m, ".end")));
        n.restoration = uint40(_uint(i, string.concat(m, ".restoration")));
        n.reason = keccak256(bytes(_string(i, string.concat(m, ".reason"))));
        n.withdrawn = vm.parseJsonBool(golden, _at(i, string.concat(m, ".withdrawn")));
        n.changes = _bytes32(i, string.concat(m, ".changes"));
    }

    function _actOf(string memory words) private pure returns (IComplaints.Act) {
        for (uint256 k = 2; k < 9; ++k) {
            if (keccak256(bytes(words)) == keccak256(bytes(_words(IComplaints.Act(k))))) return IComplaints.Act(k);
        }
        revert(words);
    }

    function _typed(uint256 i, bytes32 structHash) private view returns (bytes32) {
        bytes32 type_ = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        bytes32 separator = keccak256(
            abi.encode(
                type_,
                keccak256(bytes(_string(i, ".typedData.domain.name"))),
                keccak256("1"),
                _uint(i, ".typedData.domain.chainId"),
                vm.parseJsonAddress(golden, _at(i, ".typedData.domain.verifyingContract"))
            )
        );
        return MessageHashUtils.toTypedDataHash(separator, structHash);
    }

    function _assertDomain(address target, string memory want) private view {
        (bytes1 fields, string memory name, string memory version, uint256 chainId, address at_,,) =
            EIP712(target).eip712Domain();
        assertEq(fields, bytes1(0x0f));
        assertEq(name, want);
        assertEq(version, "1");
        assertEq(chainId, block.chainid);
        assertEq(at_, target);
    }

    function _at(uint256 i, string memory field) private pure returns (string memory) {
        return string.concat(".cases[", vm.toString(i), "]", field);
    }

    function _string(uint256 i, string memory field) private view returns (string memory) {
        return vm.parseJsonString(golden, _at(i, field));
    }

    function _bytes32(uint256 i, string memory field) private view returns (bytes32) {
        return vm.parseJsonBytes32(golden, _at(i, field));
    }

    function _uint(uint256 i, string memory field) private view returns (uint256) {
        return vm.parseJsonUint(golden, _at(i, field));
    }

    function _name(uint256 i, string memory field) private view returns (bytes32) {
        return bytes32(bytes(_string(i, field)));
    }
}
