//! A run of the tool against a simulated device, over a terminal as over a serial port.

use std::{
    io::{BufRead as _, BufReader, Cursor, Read, Write},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output, Stdio},
    time::Duration,
};

use device::console::line;
use protocol::{
    key::PublicKey,
    roster::{Device, Roster, SiteKind},
};
use provision::{
    label,
    port::Port,
    run::{self, Order},
    simulated::{Board, Kind, Parts},
    site::SiteFile,
    talk::{Talk, TalkError, Words},
};

const SITE: &str = include_str!("../example.site.toml");
const SERIAL: &str = "0123a1b2c3d4e5f6ee";

fn provision(port: &Path, site: &str, dir: &Path, more: &[&str]) -> (bool, String) {
    let file = dir.join("site.toml");
    std::fs::write(&file, site).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_provision"))
        .args(["device", "--port"])
        .arg(port)
        .arg("--site")
        .arg(&file)
        .arg("--out")
        .arg(dir.join("out"))
        .args(more)
        .output()
        .unwrap();
    said(&output)
}

fn said(output: &Output) -> (bool, String) {
    let text = [&output.stdout[..], &output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    assert!(!text.contains("secret-word"), "{text}");
    (output.status.success(), text)
}

fn talk(board: &Board) -> Talk<Port> {
    Talk::new(Port::open(board.path()).unwrap()).with_wait(Duration::from_millis(500))
}

fn who(board: &Board) -> Words {
    Words::of(&talk(board).ask("who").unwrap())
}

#[test]
fn a_blank_device_becomes_one_with_key_settings_label_request_and_row() {
    let dir = tempfile::tempdir().unwrap();
    let parts = Parts::default();
    let board = Board::start(Kind::SecureElement, parts.clone()).unwrap();
    // Nothing that cannot be undone happens unasked.
    let (done, text) = provision(board.path(), SITE, dir.path(), &[]);
    assert!(!done && text.contains(&format!("--confirm {SERIAL}")), "{text}");
    let (done, text) = provision(board.path(), SITE, dir.path(), &["--confirm", "0123000000000000ee"]);
    assert!(!done && text.contains(SERIAL), "{text}");
    assert_eq!(who(&board).get("state").unwrap(), "blank");

    let (done, text) = provision(board.path(), SITE, dir.path(), &["--confirm", SERIAL]);
    assert!(done && text.contains("settings back: transformer-000001") && text.contains("modem answers"), "{text}");
    let out = dir.path().join("out");
    for name in ["roster-entry.json", "request.pem", "label.svg", "settings.bin"] {
        let mode = std::fs::metadata(out.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name} is for its owner alone");
    }
    let found = who(&board);
    assert_eq!((found.get("state").unwrap(), found.get("settings").unwrap()), ("done", "transformer-000001"));
    let row = Device::parse(&std::fs::read(out.join("roster-entry.json")).unwrap()).unwrap();
    let key = PublicKey::from_point(&[&[4][..], &found.key().unwrap()].concat()).unwrap();
    assert_eq!(
        (row.device_id.as_str(), row.kind, &row.public_key),
        ("transformer-000001", SiteKind::Transformer, &key)
    );
    Roster::new("patna-3".into(), "Patna 3".into(), 1, 0, 19_800, vec![row]).unwrap();
    request_is_of(&out.join("request.pem"), &found);
    let label = std::fs::read_to_string(out.join("label.svg")).unwrap();
    for text in ["transformer-000001", "Rajendra Nagar, road 4", SERIAL, "230 V"] {
        assert!(label.contains(text), "{text}");
    }

    // Started: it says who it is and nothing else; begun again on the bench, it is read and sealed.
    drop(board);
    let board = Board::start(Kind::SecureElement, parts.clone()).unwrap();
    let (done, text) = provision(board.path(), SITE, dir.path(), &["--seal"]);
    assert!(done && text.contains("read, not made") && text.contains("sealed: the console"), "{text}");
    assert!(text.ends_with("the device starts\n"), "{text}");
    drop(board);
    let board = Board::start(Kind::SecureElement, parts).unwrap();
    assert_eq!((who(&board).get("sealed").unwrap(), who(&board).key().unwrap()), ("yes", found.key().unwrap()));
    for command in ["test", "settings 0 00", "store", "sign 30", "key irrevocably 0123a1b2c3d4e5f6ee", "start"] {
        assert!(matches!(talk(&board).ask(command), Err(TalkError::Refused(reason)) if reason.contains("sealed")));
    }
    let (done, text) = provision(board.path(), SITE, dir.path(), &[]);
    assert!(done && text.contains("its settings stay"), "{text}");
    let other = SITE.replace("transformer-000001", "transformer-000002");
    let (done, text) = provision(board.path(), &other, dir.path(), &[]);
    assert!(!done && text.contains("sealed as transformer-000001"), "{text}");
}

#[test]
fn a_device_with_records_of_another_id_is_erased_only_when_told() {
    let dir = tempfile::tempdir().unwrap();
    let parts = Parts::default();
    let board = Board::start(Kind::Development, parts.clone()).unwrap();
    let site = SITE.replace("transformer-000001", "development-000001");
    let site = site.replace("provenance = \"live\"", "provenance = \"generated\"");
    let (done, text) = provision(board.path(), &site, dir.path(), &["--erase"]);
    assert!(done, "{text}");
    let key = who(&board).get("key").unwrap().to_owned();
    drop(board);
    // A record, wherever in the queue it lies.
    parts.flash.cells().flip(0x1_5000 * 8);
    let other = site.replace("development-000001", "development-000002");
    let board = Board::start(Kind::Development, parts.clone()).unwrap();
    let (done, text) = provision(board.path(), &other, dir.path(), &[]);
    assert!(!done && text.contains("run this again with --erase"), "{text}");
    // Its own are never erased, also when told.
    let (done, text) = provision(board.path(), &site, dir.path(), &["--erase"]);
    assert!(done && text.contains("none are erased"), "{text}");
    assert_ne!(parts.flash.cells().bytes()[0x1_5000], 0xff);
    drop(board);
    let board = Board::start(Kind::Development, parts.clone()).unwrap();
    let (done, text) = provision(board.path(), &other, dir.path(), &["--erase"]);
    assert!(done && text.contains("what was not delivered is lost"), "{text}");
    assert_eq!(parts.flash.cells().bytes()[0x1_5000], 0xff);
    let found = who(&board);
    assert_eq!((found.get("settings").unwrap(), found.get("key").unwrap()), ("development-000002", key.as_str()));
}

fn request_is_of(path: &Path, found: &Words) {
    let output = Command::new("openssl").args(["req", "-verify", "-noout", "-text", "-in"]).arg(path).output();
    let Ok(output) = output else {
        println!("SKIPPED the request's check: no openssl here");
        return;
    };
    let (verified, text) = said(&output);
    assert!(verified && text.contains("verify OK") && text.contains("CN = transformer-000001"), "{text}");
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    assert!(digits.contains(found.get("key").unwrap()), "the request is for the device's key");
}

#[test]
fn a_house_is_placed_nowhere_but_in_its_cell() {
    let dir = tempfile::tempdir().unwrap();
    let house = SITE.replace("kind = \"transformer\"", "kind = \"house\"\ncell = \"patna-3-c1\"");
    let mut board =
        Command::new(env!("CARGO_BIN_EXE_provision")).arg("simulate").stdout(Stdio::piped()).spawn().unwrap();
    let mut path = String::new();
    BufReader::new(board.stdout.take().unwrap()).read_line(&mut path).unwrap();
    let (done, text) = provision(Path::new(path.trim_end()), &house, dir.path(), &["--confirm", SERIAL]);
    board.kill().unwrap();
    board.wait().unwrap();
    assert!(done, "{text}");
    let row = Device::parse(&std::fs::read(dir.path().join("out/roster-entry.json")).unwrap()).unwrap();
    assert_eq!((row.kind, row.position_e6, row.cell.as_deref()), (SiteKind::House, None, Some("patna-3-c1")));
    let label = std::fs::read_to_string(dir.path().join("out/label.svg")).unwrap();
    assert!(label.contains("house") && !label.contains("25.594095") && !label.contains("85.137566"));
    // Its code leads to the area, since it has no page.
    std::fs::write(dir.path().join("site.toml"), &house).unwrap();
    let site = SiteFile::read(&dir.path().join("site.toml")).unwrap();
    assert_eq!(site.address(), "https://power.example/area/patna-3");
    assert!(label.contains(&label::label(&row, SERIAL, &site.address()).unwrap()));
    assert!(!label.contains(&label::label(&row, SERIAL, "https://power.example/site/s-0001").unwrap()));
}

/// A line that damages a bit now and then, in both directions.
struct Noisy {
    port: Port,
    bytes: usize,
}

/// A bit in so many bytes, at places that no other number here divides.
const DAMAGE_EVERY: usize = 1_499;

impl Noisy {
    fn damage(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.bytes += 1;
            *byte ^= if self.bytes.is_multiple_of(DAMAGE_EVERY) { 0x08 } else { 0 };
        }
    }
}

impl Read for Noisy {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.port.read(buffer)?;
        self.damage(&mut buffer[..count]);
        Ok(count)
    }
}

impl Write for Noisy {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut bytes = bytes.to_vec();
        self.damage(&mut bytes);
        self.port.write_all(&bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.port.flush()
    }
}

#[test]
fn a_line_that_damages_what_it_carries_costs_time_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("site.toml"), SITE).unwrap();
    let site = SiteFile::read(&dir.path().join("site.toml")).unwrap();
    let board = Board::start(Kind::SecureElement, Parts::default()).unwrap();
    let noisy = Noisy { port: Port::open(board.path()).unwrap(), bytes: 0 };
    let mut talk = Talk::new(noisy).with_wait(Duration::from_millis(400));
    let order = Order { confirmed_serial: Some(SERIAL.into()), ..Order::default() };
    run::run(&mut talk, &site, dir.path(), &order, &mut |_| {}).unwrap();
    let found = who(&board);
    assert_eq!((found.get("state").unwrap(), found.get("settings").unwrap()), ("done", "transformer-000001"));
    request_is_of(&dir.path().join("request.pem"), &found);
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_changed() {
    let dir = tempfile::tempdir().unwrap();
    let board = Board::start(Kind::SecureElement, Parts::default()).unwrap();
    let cases = [
        ("port = 8883", "port = 0", "port"),
        ("port = 8883\n", "", "port"),
        ("kind = \"transformer\"", "kind = \"shed\"", "shed"),
        ("customers = 120", "customers = 120\ncell = \"c-1\"", "cell"),
        ("Rajendra Nagar, road 4", "R\\u00e4", "row"),
        ("login = \"device secret-word\"", "login = [\"secret-word\"]", "login"),
        ("login = \"device secret-word\"", "login = \"secret-word", "line"),
        ("transformer-000001", "development-000001", "development-"),
    ];
    for (from, to, named) in cases {
        let (done, text) = provision(board.path(), &SITE.replace(from, to), dir.path(), &[]);
        assert!(!done && text.contains(named), "{to}: {text}");
    }
    let (done, text) = provision(Path::new("/dev/null"), SITE, dir.path(), &[]);
    assert!(!done && text.contains("/dev/null"), "{text}");
    assert_eq!(who(&board).get("settings").unwrap(), "none");
}

#[test]
fn a_bare_board_has_a_development_key_and_no_other_name() {
    let dir = tempfile::tempdir().unwrap();
    let board = Board::start(Kind::Development, Parts::default()).unwrap();
    let (done, text) = provision(board.path(), SITE, dir.path(), &[]);
    assert!(!done && text.contains("development-"), "{text}");
    let site = SITE.replace("transformer-000001", "development-000001");
    let (done, text) = provision(board.path(), &site, dir.path(), &[]);
    assert!(!done && text.contains("readings of a development device are generated"), "{text}");
    let site = site.replace("provenance = \"live\"", "provenance = \"generated\"");
    let (done, text) = provision(board.path(), &site, dir.path(), &[]);
    assert!(done && text.contains("modem none") && text.contains("starts"), "{text}");
    // At work it says the same of itself.
    assert_eq!(who(&board).get("settings").unwrap(), "development-000001");
}

/// A port that has one answer, whatever is asked.
struct Said(Cursor<String>);

impl Read for Said {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_key_that_nobody_confirmed_is_named_by_what_keeps_it() {
    let dir = tempfile::tempdir().unwrap();
    for (kind, id, provenance, named) in [
        ("secure-element", "transformer-000001", "live", "secure element aa has no key yet"),
        ("development", "development-000001", "generated", "board aa has no key yet"),
    ] {
        let provenance = format!("provenance = \"{provenance}\"");
        let site = SITE.replace("transformer-000001", id).replace("provenance = \"live\"", &provenance);
        std::fs::write(dir.path().join("site.toml"), site).unwrap();
        let site = SiteFile::read(&dir.path().join("site.toml")).unwrap();
        let who = format!("1 ok kind={kind} release=1 serial=aa state=blank key=none settings=none sealed=no");
        let mut talk = Talk::new(Said(Cursor::new(line::close(&who))));
        let error = run::run(&mut talk, &site, dir.path(), &Order::default(), &mut |_| {}).unwrap_err().to_string();
        assert!(error.starts_with(named) && error.ends_with("--confirm aa"), "{error}");
    }
}
