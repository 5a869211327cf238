// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IComplaints
/// @notice Complaints, and what officials did about them. Nothing here changes or deletes what was done: a correction is a
/// new action.
///
/// Names and order come from content. A complaint's id is the EIP-712 hash of its filing. Its actions (acknowledge,
/// resolve, reject, reopen) are a chain: each names its place and the hash of the one before. Remarks (notes, "affected
/// too", "still off") name only the complaint, are unique by content, and never move that chain. So there are no nonces,
/// and a reorganisation, a withheld submission or a crowd can neither redirect nor block anything.
///
/// Everything can be done directly, or signed (EIP-712) and submitted by anyone.
interface IComplaints {
    /* TYPES */

    /// @notice What is done to a complaint. Signed as the text in brackets.
    enum Act {
        None,
        /// @dev The filing itself.
        File,
        /// @dev ["acknowledge"]
        Acknowledge,
        /// @dev ["resolve: fixed"] The supply is back.
        ResolveFixed,
        /// @dev ["resolve: not fixed"] Closed all the same, and never counted as fixed.
        ResolveNotFixed,
        /// @dev ["resolve: duplicate"] Of another complaint of the area, which is named.
        ResolveDuplicate,
        /// @dev ["resolve: not ours"] Another's responsibility.
        ResolveNotOurs,
        /// @dev ["reject"] No complaint at all.
        Reject,
        /// @dev ["reopen"] Takes a resolution or rejection back.
        Reopen
    }

    /// @notice Where a complaint stands.
    enum Stage {
        None,
        Filed,
        Acknowledged,
        Resolved,
        Rejected,
        Reopened
    }

    /// @notice What is said of a complaint without moving it. Signed as the text in brackets.
    enum Say {
        /// @dev ["note"] By the filer or an official of the area.
        Note,
        /// @dev ["affected too"] By anybody, once.
        AffectedToo,
        /// @dev ["still off"] By anybody, once for each time that the complaint was closed.
        StillOff
    }

    /// @notice A complaint as it is filed.
    struct Filing {
        bytes32 area;
        /// @dev The place, as the roster names it; may be empty, and should be for a house.
        string site;
        /// @dev The feeder, as the roster names it; may be empty.
        string feeder;
        /// @dev A class for which the area has a clock.
        bytes32 class;
        /// @dev SHA-256 of the text: canonical JSON with a salt of 128 bits.
        bytes32 text;
        /// @dev SHA-256 of the evidence; zero where there is none.
        bytes32 evidence;
        /// @dev Who may reopen it: by default a key made for this complaint alone.
        address filer;
    }

    /// @notice A step in a complaint's chain.
    struct Action {
        Act act;
        bytes32 complaint;
        /// @dev Its place, counted from 1: one more than that of the action before.
        uint32 index;
        /// @dev Hash of the action before; the complaint's id for the first.
        bytes32 previous;
        /// @dev keccak256 of the note: signed as a `string`, so that a wallet shows its words. That of the empty string
        /// where there is none.
        bytes32 note;
        /// @dev The complaint of which this one is a duplicate; zero for all other acts.
        bytes32 duplicateOf;
    }

    /// @notice A remark about a complaint.
    struct Remark {
        Say say;
        bytes32 complaint;
        /// @dev For "still off": how often the complaint had been reopened when it was closed. Otherwise zero.
        uint32 reopening;
        /// @dev As in an action. A note needs one.
        bytes32 note;
    }

    /// @notice A complaint as it stands.
    struct Complaint {
        bytes32 area;
        bytes32 class;
        address filer;
        uint40 filedAt;
        Stage stage;
        /// @dev The last act in its chain, by which a resolution is told from another.
        Act last;
        /// @dev Time of that act.
        uint40 lastAt;
        /// @dev Place of the last action; zero where there is none.
        uint32 index;
        /// @dev Hash of the last action; the complaint's id where there is none. What the next action must name.
        bytes32 head;
        /// @dev How often it was reopened.
        uint32 reopenings;
        /// @dev When its clock began to run: at the filing, or the last reopening.
        uint40 openedAt;
        /// @dev Its clock in seconds: that in force then.
        uint32 clock;
        /// @dev Until when the clock runs, inclusive.
        uint40 dueAt;
        /// @dev Whose turn it is, or was when it was closed: one level higher for each time the clock has run out.
        uint8 level;
    }

    /* ERRORS */

    /// @notice The complaint has been filed already, in this very form.
    error AlreadyFiled(bytes32 complaint);

    /// @notice Complaints from the area are not taken: it follows no schedule.
    error UnknownArea(bytes32 area);

    /// @notice Complaints of the class are not taken in the area: it has no clock.
    error UnknownClass(bytes32 area, bytes32 class);

    /// @notice A complaint needs the digest of a text.
    error NoText();

    /// @notice Only the filer itself files without a signature.
    error NotFiler(address filer, address sender);

    /// @notice There is no such complaint (yet).
    error NoComplaint(bytes32 complaint);

    /// @notice The account has no grant in force for the area now, and is not the filer where a filer would do.
    error NotOfficial(bytes32 area, address account);

    /// @notice The complaint's next action has another place: something was done in between.
    error WrongIndex(bytes32 complaint, uint32 expected, uint32 given);

    /// @notice The action before has another hash: the signer built upon another history.
    error WrongPrevious(bytes32 complaint, bytes32 expected, bytes32 given);

    /// @notice This cannot follow the complaint's last act.
    error InvalidTransition(bytes32 complaint, Act last, Act given);

    /// @notice A duplicate names another complaint of the area that is not itself closed as a duplicate; no other act
    /// names one.
    error InvalidDuplicate(bytes32 complaint, bytes32 duplicateOf);

    /// @notice The hash of a note is missing: a note needs words, anything else at least the hash of none.
    error NoNote(bytes32 complaint);

    /// @notice Only "still off" names a reopening, and only one after which the complaint has been closed.
    error InvalidReopening(bytes32 complaint, uint32 reopening);

    /// @notice The same has been said already: the same note by the same account, or "affected too" or "still off" again.
    error AlreadySaid(bytes32 complaint, address account, Say say);

    /* EVENTS */

    /// @notice A complaint was filed. From its fields follows its id.
    /// @param clock Seconds that the area's officials of level 1 have.
    event Filed(
        bytes32 indexed complaint,
        bytes32 indexed area,
        address indexed filer,
        string site,
        string feeder,
        bytes32 class,
        bytes32 text,
        bytes32 evidence,
        uint32 clock,
        uint40 at
    );

    /// @notice Something was done about a complaint.
    /// @param hash Hash of the action, which the next one must name.
    /// @param signerLevel Level of the official who did it; zero for the filer.
    /// @param level Whose turn it was; after a reopening, whose it is.
    /// @param clock The complaint's clock in seconds; a new one after a reopening.
    event Acted(
        bytes32 indexed complaint,
        bytes32 indexed area,
        address indexed signer,
        Act act,
        uint32 index,
        bytes32 hash,
        bytes32 note,
        bytes32 duplicateOf,
        uint8 signerLevel,
        uint8 level,
        uint32 clock,
        uint40 at
    );

    /// @notice An action of a list was refused, and changed nothing. `reason` is what it would have reverted with alone.
    event ActionRefused(bytes32 indexed complaint, address indexed signer, uint32 index, bytes reason);

    /// @notice Something was said of a complaint.
    /// @param signerLevel Level of the official who left the note; zero for the filer, and for anything but a note.
    event Remarked(
        bytes32 indexed complaint,
        bytes32 indexed area,
        address indexed signer,
        Say say,
        uint32 reopening,
        bytes32 note,
        uint8 signerLevel,
        uint40 at
    );

    /* FILING */

    /// @notice Files the sender's complaint.
    /// @return id The complaint's id.
    function file(Filing calldata filing) external returns (bytes32 id);

    /// @notice Files a complaint that its filer signed as `SignedFiling`.
    function fileBySig(Filing calldata filing, uint40 deadline, bytes calldata signature) external returns (bytes32 id);

    /* ACTING */

    /// @notice Does the sender's actions in their order, each on its own: one that is refused is named in an event and
    /// keeps no other from being done. Reverts with the first one's error if none could be done.
    /// @return done How many actions were done.
    function act(Action[] calldata actions) external returns (uint256 done);

    /// @notice Does the actions that an official or filer signed, in one go, as `SignedActions`.
    function actBySig(Action[] calldata actions, address signer, uint40 deadline, bytes calldata signature)
        external
        returns (uint256 done);

    /* REMARKS */

    /// @notice Says something of a complaint as the sender.
    function remark(Remark calldata r) external;

    /// @notice Says what somebody signed as `SignedRemark`.
    function remarkBySig(Remark calldata r, address signer, uint40 deadline, bytes calldata signature) external;

    /* VIEWS */

    /// @notice A complaint as it stands in this block; all zeros where there is none.
    function complaint(bytes32 id) external view returns (Complaint memory);

    /// @notice The id that a filing has: its EIP-712 hash, `Filing` with this contract's domain.
    function filingId(Filing calldata filing) external view returns (bytes32);

    /// @notice The hash of an action by a signer, which the next action must name: the EIP-712 struct hash of `Action`.
    function actionHash(Action calldata a, address signer) external pure returns (bytes32);

    /// @notice What an action by a signer would revert with in this block; empty where it would be done.
    function refusal(Action calldata a, address signer) external view returns (bytes memory);

    /// @notice Whether a signer's remark has been made already, be it with another note for anything but a note.
    function said(Remark calldata r, address signer) external view returns (bool);

    /// @notice Who may act.
    function OFFICIALS() external view returns (address);

    /// @notice How long they have.
    function CLOCKS() external view returns (address);
}
