//! A serial port, or whatever looks like one.

use std::{
    fs::File,
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use rustix::{
    fs::OFlags,
    termios::{self, ControlModes, OptionalActions, SpecialCodeIndex},
};

/// Bits a second, eight of them a byte, no parity, one stop bit.
pub const RATE: u32 = 115_200;

/// An open port; reading waits a tenth of a second and then gives nothing.
#[derive(Debug)]
pub struct Port(File);

impl Port {
    /// Opens a terminal (`/dev/ttyACM0`, `/dev/ttyUSB0`, a pseudo-terminal) as a plain line of bytes.
    ///
    /// # Errors
    /// Not there, not allowed, or no terminal.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::NOCTTY | OFlags::CLOEXEC;
        let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
        let file = File::options().read(true).write(true).custom_flags(flags).open(path)?;
        let mut line = termios::tcgetattr(&file)?;
        line.make_raw();
        line.set_speed(RATE)?;
        // Closing must not pull the lines that restart many boards.
        line.control_modes -= ControlModes::HUPCL;
        line.control_modes |= ControlModes::CLOCAL | ControlModes::CREAD;
        line.special_codes[SpecialCodeIndex::VMIN] = 0;
        line.special_codes[SpecialCodeIndex::VTIME] = 1;
        termios::tcsetattr(&file, OptionalActions::Now, &line)?;
        termios::tcflush(&file, termios::QueueSelector::IFlush)?;
        Ok(Self(file))
    }
}

impl Read for Port {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Port {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
