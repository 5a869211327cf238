//! The fuse tool against espefuse's own virtual chip: what it prints is carried out, and what comes of it is checked.

use std::{path::PathBuf, process::Command};

use provision::fuses::{FuseError, Plan, plan::Step, summary::Summary};

/// Where `script/firmware` installs it; `PATH` otherwise.
fn espefuse() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let cache = std::env::var_os("POWER_TRACKER_CACHE").map_or(home.join(".cache/power-tracker"), PathBuf::from);
    let installed = cache.join("esptool/bin/espefuse");
    let found = if installed.is_file() { installed } else { "espefuse".into() };
    Command::new(&found).arg("--help").output().is_ok_and(|output| output.status.success()).then_some(found)
}

/// A virtual chip of revision 0.4.
struct Chip {
    tool: PathBuf,
    dir: tempfile::TempDir,
}

impl Chip {
    fn new(minor_revision: u32) -> Option<Self> {
        let Some(tool) = espefuse() else {
            println!("SKIPPED: no espefuse here (script/firmware image installs it)");
            return None;
        };
        let chip = Self { tool, dir: tempfile::tempdir().unwrap() };
        for (name, byte) in [("flash.key", 0x11), ("digest0.bin", 0x22), ("digest1.bin", 0x33)] {
            let bytes: Vec<u8> = (0..32).map(|n| byte + n).collect();
            std::fs::write(chip.path(name), bytes).unwrap();
        }
        chip.burn(&["burn-efuse", "WAFER_VERSION_MINOR_LO", &minor_revision.to_string()]);
        Some(chip)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn espefuse(&self) -> Command {
        let mut command = Command::new(&self.tool);
        command.args(["--chip", "esp32c3", "--virt", "--do-not-confirm", "--path-efuse-file"]).arg(self.path("fuses"));
        command
    }

    fn burn<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) {
        let output = self.espefuse().args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    fn read(&self) -> String {
        let path = self.path("summary.json");
        self.burn(&["summary", "--format", "json", "--file", path.to_str().unwrap()]);
        std::fs::read_to_string(path).unwrap()
    }

    /// What the tool says of the chip as its last summary has it, and whether it is content.
    fn tool(&self, digests: &[&str], more: &[&str]) -> (bool, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_provision"));
        command.args(["fuses", "--port", "/dev/ttyACM0", "--summary"]).arg(self.path("summary.json"));
        command.arg("--flash-key").arg(self.path("flash.key"));
        for digest in digests {
            command.arg("--digest").arg(self.path(digest));
        }
        let output = command.args(more).output().unwrap();
        (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    }

    /// Changes the last summary: another value of a fuse.
    fn pretend(&self, blank: &str, name: &str, value: &str) {
        let mut summary: serde_json::Value = serde_json::from_str(blank).unwrap();
        summary[name]["raw_value"] = value.into();
        std::fs::write(self.path("summary.json"), summary.to_string()).unwrap();
    }

    /// The printed commands, without what names chip and port.
    fn commands(text: &str) -> Vec<Vec<&str>> {
        let start = "espefuse --chip esp32c3 --port /dev/ttyACM0 ";
        text.lines().filter_map(|line| line.strip_prefix(start)).map(|line| line.split(' ').collect()).collect()
    }
}

#[test]
fn what_is_printed_makes_the_chip_that_is_checked_for_and_can_be_stopped_in_between() {
    let Some(chip) = Chip::new(4) else { return };
    chip.read();
    let (done, text) = chip.tool(&["digest0.bin"], &[]);
    assert!(done && text.contains("# 0 of 9 commands"), "{text}");
    let commands = Chip::commands(&text);
    assert_eq!(commands.len(), 9);
    assert_eq!(commands[8], ["burn-efuse", "ENABLE_SECURITY_DOWNLOAD", "1"]);
    for (number, command) in (1..).zip(&commands) {
        chip.burn(command);
        if ![1, 4, 8, 9].contains(&number) {
            continue;
        }
        chip.read();
        // Begun again after any of them, it goes on where it stopped.
        let (done, left) = chip.tool(&["digest0.bin"], &[]);
        assert!(done && Chip::commands(&left) == commands[number..], "{left}");
        let (done, text) = chip.tool(&["digest0.bin"], &["--check"]);
        assert_eq!(done, number >= 8, "{text}");
        assert_eq!(text.contains("NOT FINISHED"), number == 8, "{text}");
    }
    let (done, text) = chip.tool(&["digest0.bin"], &["--check"]);
    assert!(done && text.contains("complete: 9 of 9"), "{text}");
    // The same chip is no chip with another digest, and none for one more.
    let (done, text) = chip.tool(&["digest1.bin"], &["--check"]);
    assert!(!done && text.contains("BLOCK_KEY1") && text.contains("its digest"), "{text}");
    let (done, text) = chip.tool(&["digest0.bin", "digest1.bin"], &["--check"]);
    assert!(!done && text.contains("burn nothing"), "{text}");
}

/// What esptool itself prints for these numbers, or what it printed when this was written.
fn security_info(flags: u32, crypt_count: u32, purposes: &str) -> String {
    let code = format!(
        "from esptool.cmds import get_security_info\nfrom esptool.targets.esp32c3 import ESP32C3ROM\n\
         import struct\nchip = ESP32C3ROM.__new__(ESP32C3ROM)\nchip.cache = dict(security_info=None)\n\
         chip.check_command = lambda *a, **k: struct.pack('<IBBBBBBBBII', {flags}, {crypt_count}, {purposes}, 5, 3)\n\
         get_security_info(chip)"
    );
    let python = espefuse().map(|tool| tool.with_file_name("python"));
    if let Some(output) = python.and_then(|python| Command::new(python).args(["-c", &code]).output().ok())
        && output.status.success()
    {
        return String::from_utf8(output.stdout).unwrap();
    }
    println!("SKIPPED esptool's own words: none here");
    format!(
        "Security Information:\nFlags: {flags:#010x} ({flags:#b})\nKey Purposes: ({purposes})\n  BLOCK_KEY0 - \n\
         SPI Boot Crypt Count (SPI_BOOT_CRYPT_CNT): {crypt_count:#x}\n"
    )
}

#[test]
fn after_the_last_command_what_the_chip_still_says_is_checked() {
    let dir = tempfile::tempdir().unwrap();
    for (name, byte) in [("flash.key", 1_u8), ("digest.bin", 2)] {
        std::fs::write(dir.path().join(name), (byte..byte + 32).collect::<Vec<u8>>()).unwrap();
    }
    let path = dir.path().join("security.txt");
    let check = |text: &str, more: &[&str]| {
        std::fs::write(&path, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_provision"));
        command.arg("fuses").arg("--security-info").arg(&path).arg("--flash-key").arg(dir.path().join("flash.key"));
        let output = command.arg("--digest").arg(dir.path().join("digest.bin")).args(more).output().unwrap();
        (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let purposes = "4, 9, 0, 0, 0, 0, 12";
    let good = security_info(0x4b5, 7, purposes);
    let (done, text) = check(&good, &["--check"]);
    assert!(done && text.contains("complete: command 9 of 9"), "{text}");
    assert!(!check(&good, &[]).0, "there is nothing to print");
    for (flags, count, purposes, named) in [
        (0x4b1, 7, purposes, "ENABLE_SECURITY_DOWNLOAD is 0x0, and 0x1 after the last command"),
        (0x4b4, 7, purposes, "SECURE_BOOT_EN"),
        (0x4b7, 7, purposes, "AGGRESSIVE"),
        (0x495, 7, purposes, "REVOKE2"),
        (0x4bd, 7, purposes, "REVOKE0"),
        (0x4b5, 1, purposes, "SPI_BOOT_CRYPT_CNT"),
        (0x4b5, 7, "9, 4, 0, 0, 0, 0, 12", "KEY_PURPOSE_0"),
        (0x4b5, 7, "4, 9, 10, 0, 0, 0, 12", "KEY_PURPOSE_2"),
    ] {
        let (done, text) = check(&security_info(flags, count, purposes), &["--check"]);
        assert!(!done && text.contains(named), "{named}: {text}");
    }
    for (from, to) in
        [("Flags: 0x", "Flags: "), ("Key Purposes: ", "Keys: "), ("4, 9, 0", "4, x, 0"), ("CRYPT_CNT", "")]
    {
        let (done, text) = check(&good.replace(from, to), &["--check"]);
        assert!(!done && text.contains("not what `esptool get-security-info` prints"), "{to}: {text}");
    }
}

#[test]
fn every_surprise_is_refused_and_named() {
    let Some(chip) = Chip::new(4) else { return };
    let blank = chip.read();
    let refused = |named: &str| {
        let (done, text) = chip.tool(&["digest0.bin"], &[]);
        assert!(!done && text.contains(named) && Chip::commands(&text).is_empty(), "{named}: {text}");
    };
    // Every fuse of block 0 but those that the factory sets: none may be burnt that the plan does not burn first.
    let fields: serde_json::Value = serde_json::from_str(&blank).unwrap();
    let mut looked_at = 0;
    for (name, field) in fields.as_object().unwrap() {
        let is_other = field["block"] != 0 || field["category"] == "identity";
        if is_other || ["ERR_RST_ENABLE", "FLASH_TPUW"].contains(&name.as_str()) {
            continue;
        }
        chip.pretend(&blank, name, "0x1");
        refused(name);
        looked_at += 1;
    }
    assert_eq!(looked_at, 34);
    chip.pretend(&blank, "FLASH_TPUW", "0x3");
    assert!(chip.tool(&["digest0.bin"], &[]).0, "the factory's");
    chip.pretend(&blank, "SECURE_BOOT_EN", "none");
    refused("SECURE_BOOT_EN has no value");
    std::fs::write(chip.path("summary.json"), blank.replace("DIS_USB_JTAG", "DIS_USB_OTG")).unwrap();
    refused("DIS_USB_OTG");
    // And as espefuse itself burns a block.
    chip.burn(&["burn-block-data", "BLOCK_KEY3", chip.path("digest1.bin").to_str().unwrap()]);
    chip.read();
    refused("BLOCK_KEY3");
}

#[test]
fn an_old_chip_and_wrong_files_are_refused() {
    let Some(chip) = Chip::new(2) else { return };
    chip.read();
    let (done, text) = chip.tool(&["digest0.bin"], &[]);
    assert!(!done && text.contains("revision 0.2"), "{text}");
    std::fs::write(chip.path("short.bin"), [1; 31]).unwrap();
    std::fs::write(chip.path("zeros.bin"), [0; 32]).unwrap();
    for digests in [&["short.bin"][..], &["zeros.bin"], &["digest0.bin", "digest0.bin"], &["flash.key"], &["none.bin"]]
    {
        let (done, text) = chip.tool(digests, &[]);
        assert!(!done && Chip::commands(&text).is_empty(), "{digests:?}: {text}");
    }
    let digests = ["digest0.bin", "digest1.bin", "flash.key"].map(|name| chip.path(name));
    assert!(matches!(Plan::new(&chip.path("flash.key"), &digests), Err(FuseError::Digests)));
}

#[test]
fn three_digests_leave_no_slot_to_revoke() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, byte: u8| {
        let path = dir.path().join(name);
        std::fs::write(&path, (byte..byte + 32).collect::<Vec<u8>>()).unwrap();
        path
    };
    let digests = [file("a", 1), file("b", 2), file("c", 3)];
    let plan = Plan::new(&file("key", 4), &digests).unwrap();
    let says = |step: &Step, word: &str| step.arguments.iter().any(|argument| argument.contains(word));
    assert!(!plan.steps.iter().any(|step| says(step, "REVOKE")));
    // The flash's key first: after RD_DIS is protected no key can be hidden; download mode last.
    let at = |word| plan.steps.iter().position(|step| says(step, word)).unwrap();
    assert!(at("XTS_AES_128_KEY") < at("SECURE_BOOT_DIGEST0") && at("SECURE_BOOT_DIGEST2") < at("SECURE_BOOT_EN"));
    assert!(at("SECURE_BOOT_EN") < at("RD_DIS") && at("ENABLE_SECURITY_DOWNLOAD") == plan.steps.len() - 1);
    assert!(Summary::parse("no summary").is_err() && Summary::parse("{}").is_err());
}

#[test]
fn the_documentation_has_the_same_commands_in_the_same_order() {
    let dir = tempfile::tempdir().unwrap();
    for (name, byte) in [("flash.key", 1_u8), ("digest.bin", 2)] {
        std::fs::write(dir.path().join(name), (byte..byte + 32).collect::<Vec<u8>>()).unwrap();
    }
    let plan = Plan::new(&dir.path().join("flash.key"), &[dir.path().join("digest.bin")]).unwrap();
    let folder = format!("{}/", dir.path().display());
    let planned: Vec<String> = plan.steps.iter().map(|step| step.arguments.join(" ").replace(&folder, "")).collect();
    let documented: Vec<&str> = include_str!("../../../docs/firmware.md")
        .lines()
        .filter(|line| line.starts_with("| ") && (line.contains("| `burn-") || line.contains("| `write-protect-")))
        .map(|line| line.split('`').nth(1).unwrap())
        .collect();
    assert_eq!(documented, planned);
}
