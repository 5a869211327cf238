// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {Signed} from "./Signed.sol";
import {Submissions} from "./Submissions.sol";
import {IClocks} from "./interfaces/IClocks.sol";
import {IComplaints} from "./interfaces/IComplaints.sol";
import {IOfficials} from "./interfaces/IOfficials.sol";
import {ComplaintTypes} from "./libraries/ComplaintTypes.sol";
import {Name} from "./libraries/Name.sol";

/// @title Complaints
/// @notice Complaints and what was done about them. Immutable, and nobody administers it: who may act and how long they
/// have is said by `Officials` and `Clocks`, which cannot change the past either.
contract Complaints is IComplaints, Signed, Submissions {
    using ComplaintTypes for *;

    /* TYPES */

    /// @dev A complaint as it is kept: first what stays, then what its actions change.
    struct State {
        bytes32 area;
        bytes32 class;
        address filer;
        uint40 filedAt;
        // Written by the first action: until then the complaint's id stands for it.
        bytes32 head;
        uint32 index;
        Act last;
        uint40 lastAt;
        uint32 reopenings;
        uint40 openedAt;
        uint32 clock;
        // Whose turn it was when the clock began to run.
        uint8 level;
    }

    /// @dev What a permitted action comes to.
    struct Step {
        bytes32 hash;
        uint8 signerLevel;
        uint8 level;
        uint32 clock;
    }

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IComplaints
    address public immutable OFFICIALS;

    /// @inheritdoc IComplaints
    address public immutable CLOCKS;

    /// @dev Levels end here: `Officials` grants none above.
    uint8 private immutable MAX_LEVEL;

    /// @dev What a note of no words is signed as.
    bytes32 private constant NO_WORDS = keccak256("");

    /* STORAGE */

    mapping(bytes32 complaint => State) private _states;
    mapping(bytes32 key => bool) private _said;

    /* CONSTRUCTOR */

    constructor(address officials, address clocks) EIP712("Power Tracker Complaints", "1") {
        (OFFICIALS, CLOCKS, MAX_LEVEL) = (officials, clocks, IOfficials(officials).MAX_LEVEL());
    }

    /* FILING */

    /// @inheritdoc IComplaints
    function file(Filing calldata filing) external returns (bytes32) {
        if (msg.sender != filing.filer) revert NotFiler(filing.filer, msg.sender);
        return _file(filing);
    }

    /// @inheritdoc IComplaints
    function fileBySig(Filing calldata filing, uint40 deadline, bytes calldata signature) external returns (bytes32) {
        _checkSignature(filing.filer, deadline, filing.signedHash(deadline), signature);
        return _file(filing);
    }

    /* ACTING */

    /// @inheritdoc IComplaints
    function act(Action[] calldata actions) external returns (uint256) {
        return _act(actions, msg.sender);
    }

    /// @inheritdoc IComplaints
    function actBySig(Action[] calldata actions, address signer, uint40 deadline, bytes calldata signature)
        external
        returns (uint256)
    {
        _checkSignature(signer, deadline, actions.signedHash(signer, deadline), signature);
        return _act(actions, signer);
    }

    /* REMARKS */

    /// @inheritdoc IComplaints
    function remark(Remark calldata r) external {
        _remark(r, msg.sender);
    }

    /// @inheritdoc IComplaints
    function remarkBySig(Remark calldata r, address signer, uint40 deadline, bytes calldata signature) external {
        _checkSignature(signer, deadline, r.signedHash(signer, deadline), signature);
        _remark(r, signer);
    }

    /* VIEWS */

    /// @inheritdoc IComplaints
    function complaint(bytes32 id) external view returns (Complaint memory c) {
        State memory s = _states[id];
        if (s.last == Act.None) return c;
        c.area = s.area;
        c.class = s.class;
        c.filer = s.filer;
        c.filedAt = s.filedAt;
        c.stage = _stage(s.last);
        c.last = s.last;
        c.lastAt = s.lastAt;
        c.index = s.index;
        c.head = _head(id, s);
        c.reopenings = s.reopenings;
        c.openedAt = s.openedAt;
        c.clock = s.clock;
        c.dueAt = s.openedAt + s.clock;
        c.level = _level(s);
    }

    /// @inheritdoc IComplaints
    function filingId(Filing calldata filing) public view returns (bytes32) {
        return _hashTypedDataV4(filing.hash());
    }

    /// @inheritdoc IComplaints
    function actionHash(Action calldata a, address signer) external pure returns (bytes32) {
        return a.hash(signer);
    }

    /// @inheritdoc IComplaints
    function refusal(Action calldata a, address signer) external view returns (bytes memory reason) {
        (, reason) = _examine(a, signer);
    }

    /// @inheritdoc IComplaints
    function said(Remark calldata r, address signer) external view returns (bool) {
        return _said[_key(r, signer)];
    }

    /* INTERNAL: FILING */

    function _file(Filing calldata filing) private returns (bytes32 id) {
        Name.checkOptional(filing.site);
        Name.checkOptional(filing.feeder);
        if (filing.text == 0) revert NoText();
        uint40 now_ = uint40(block.timestamp);
        uint32 clock = IClocks(CLOCKS).clockAt(filing.area, filing.class, now_);
        if (clock == 0) {
            if (IClocks(CLOCKS).scheduleAt(filing.area, now_) == 0) revert UnknownArea(filing.area);
            revert UnknownClass(filing.area, filing.class);
        }
        id = filingId(filing);
        State storage s = _states[id];
        if (s.last != Act.None) revert AlreadyFiled(id);

        (s.area, s.class, s.filer, s.filedAt) = (filing.area, filing.class, filing.filer, now_);
        (s.last, s.lastAt, s.openedAt, s.clock, s.level) = (Act.File, now_, now_, clock, 1);

        emit Filed(
            id,
            filing.area,
            filing.filer,
            filing.site,
            filing.feeder,
            filing.class,
            filing.text,
            filing.evidence,
            clock,
            now_
        );
    }

    /* INTERNAL: ACTING */

    function _act(Action[] calldata actions, address signer) private returns (uint256 done) {
        if (actions.length == 0) revert NothingToDo();
        bytes memory first = "";
        for (uint256 i; i < actions.length; ++i) {
            Action calldata a = actions[i];
            (Step memory step, bytes memory reason) = _examine(a, signer);
            if (reason.length == 0) {
                _take(a, signer, step);
                ++done;
                continue;
            }
            if (i == 0) first = reason;
            emit ActionRefused(a.complaint, signer, a.index, reason);
        }
        if (done == 0) _revert(first);
    }

    /// @dev What an action comes to, or why it cannot be. Nothing here reverts or runs long, so that one action of a list
    /// cannot stop the others.
    function _examine(Action calldata a, address signer) private view returns (Step memory step, bytes memory reason) {
        State memory s = _states[a.complaint];
        if (s.last == Act.None) return (step, abi.encodeWithSelector(NoComplaint.selector, a.complaint));
        step.signerLevel = IOfficials(OFFICIALS).levelOf(s.area, signer);
        bool byFiler = a.act == Act.Reopen && signer == s.filer;
        if (step.signerLevel == 0 && !byFiler) {
            return (step, abi.encodeWithSelector(NotOfficial.selector, s.area, signer));
        }
        if (a.index != s.index + 1) {
            return (step, abi.encodeWithSelector(WrongIndex.selector, a.complaint, s.index + 1, a.index));
        }
        bytes32 head = _head(a.complaint, s);
        if (a.previous != head) {
            return (step, abi.encodeWithSelector(WrongPrevious.selector, a.complaint, head, a.previous));
        }
        if (!_follows(s.last, a.act)) {
            return (step, abi.encodeWithSelector(InvalidTransition.selector, a.complaint, s.last, a.act));
        }
        if (!_duplicates(s.area, a)) {
            return (step, abi.encodeWithSelector(InvalidDuplicate.selector, a.complaint, a.duplicateOf));
        }
        if (a.note == 0) return (step, abi.encodeWithSelector(NoNote.selector, a.complaint));

        step.hash = a.hash(signer);
        (step.level, step.clock) = (_level(s), s.clock);
        if (a.act == Act.Reopen) (step.level, step.clock) = (_next(step.level), _freshClock(s));
    }

    /// @dev Does what was examined.
    function _take(Action calldata a, address signer, Step memory step) private {
        State storage s = _states[a.complaint];
        uint40 now_ = uint40(block.timestamp);
        (s.head, s.index, s.last, s.lastAt) = (step.hash, a.index, a.act, now_);
        if (a.act == Act.Reopen) {
            ++s.reopenings;
            (s.openedAt, s.clock, s.level) = (now_, step.clock, step.level);
        }

        emit Acted(
            a.complaint,
            s.area,
            signer,
            a.act,
            a.index,
            step.hash,
            a.note,
            a.duplicateOf,
            step.signerLevel,
            step.level,
            step.clock,
            now_
        );
    }

    /// @dev Whether an act can follow another: only what is open is acknowledged or closed, only what is closed reopened.
    function _follows(Act last, Act next) private pure returns (bool) {
        if (next == Act.Acknowledge) return last == Act.File || last == Act.Reopen;
        if (next == Act.Reopen) return _isClosing(last);
        return _isClosing(next) && !_isClosing(last);
    }

    /// @dev Whether an act names a complaint as the original exactly if it must, and one that can be. As the original is
    /// never closed as a duplicate itself at that time, no two stand for each other.
    function _duplicates(bytes32 area, Action calldata a) private view returns (bool) {
        if (a.act != Act.ResolveDuplicate) return a.duplicateOf == 0;
        State storage original = _states[a.duplicateOf];
        return a.duplicateOf != a.complaint && original.area == area && original.last != Act.ResolveDuplicate;
    }

    /// @dev The clock with which a complaint is reopened: today's, or its own where its class is taken no more.
    function _freshClock(State memory s) private view returns (uint32 clock) {
        clock = IClocks(CLOCKS).clockAt(s.area, s.class, uint40(block.timestamp));
        if (clock == 0) clock = s.clock;
    }

    /* INTERNAL: REMARKS */

    function _remark(Remark calldata r, address signer) private {
        State memory s = _states[r.complaint];
        if (s.last == Act.None) revert NoComplaint(r.complaint);
        uint8 signerLevel = 0;
        if (r.say == Say.Note) {
            signerLevel = IOfficials(OFFICIALS).levelOf(s.area, signer);
            if (signerLevel == 0 && signer != s.filer) revert NotOfficial(s.area, signer);
        }
        if (r.note == 0 || (r.say == Say.Note && r.note == NO_WORDS)) revert NoNote(r.complaint);
        if (!_wasClosed(s, r)) revert InvalidReopening(r.complaint, r.reopening);
        bytes32 key = _key(r, signer);
        if (_said[key]) revert AlreadySaid(r.complaint, signer, r.say);

        _said[key] = true;

        emit Remarked(r.complaint, s.area, signer, r.say, r.reopening, r.note, signerLevel, uint40(block.timestamp));
    }

    /// @dev Whether "still off" answers a closing that there was; all else answers none. An earlier closing will do: that
    /// somebody reopened in the meantime silences nobody.
    function _wasClosed(State memory s, Remark calldata r) private pure returns (bool) {
        if (r.say != Say.StillOff) return r.reopening == 0;
        return r.reopening < s.reopenings || (r.reopening == s.reopenings && _isClosing(s.last));
    }

    /// @dev What makes a remark the same as another: for a note its words, for all else that it was said.
    function _key(Remark calldata r, address signer) private pure returns (bytes32) {
        bytes32 words = r.say == Say.Note ? r.note : bytes32(0);
        return keccak256(abi.encode(r.complaint, r.say, r.reopening, words, signer));
    }

    /* INTERNAL: STATE */

    /// @dev Hash of the last action, or the complaint's id.
    function _head(bytes32 id, State memory s) private pure returns (bytes32) {
        return s.index == 0 ? id : s.head;
    }

    /// @dev Whose turn it is: one level higher for each time the clock has run out, and as it was once closed. At the very
    /// second when it is due the clock has not run out.
    function _level(State memory s) private view returns (uint8) {
        uint256 until = _isClosing(s.last) ? s.lastAt : block.timestamp;
        // Without a branch: so that gas estimated in the second of the opening is enough in the next one.
        uint256 level = s.level + Math.saturatingSub(until - s.openedAt, 1) / s.clock;
        return level < MAX_LEVEL ? uint8(level) : MAX_LEVEL;
    }

    /// @dev The next officer's level.
    function _next(uint8 level) private view returns (uint8) {
        return level < MAX_LEVEL ? level + 1 : MAX_LEVEL;
    }

    function _isClosing(Act a) private pure returns (bool) {
        return a >= Act.ResolveFixed && a <= Act.Reject;
    }

    function _stage(Act last) private pure returns (Stage) {
        if (last == Act.File) return Stage.Filed;
        if (last == Act.Acknowledge) return Stage.Acknowledged;
        if (last == Act.Reopen) return Stage.Reopened;
        return last == Act.Reject ? Stage.Rejected : Stage.Resolved;
    }
}
