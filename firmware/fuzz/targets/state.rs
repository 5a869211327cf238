//! A flash with anything in it: a device starts with it, and keeps a state over it.

#![no_main]

use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash};
use libfuzzer_sys::fuzz_target;
use orders::{
    Action, Layout, Moment, Orders, Running,
    state::{State, StateStore},
};

const SECTOR: usize = 4_096;

struct Flash(Vec<u8>);

#[derive(Debug)]
struct Fault;

impl NorFlashError for Fault {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

impl ErrorType for Flash {
    type Error = Fault;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Fault> {
        bytes.copy_from_slice(self.0.get(offset as usize..offset as usize + bytes.len()).ok_or(Fault)?);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.len()
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = SECTOR;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Fault> {
        self.0[from as usize..to as usize].fill(0xff);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Fault> {
        self.0[offset as usize..].iter_mut().zip(bytes).for_each(|(cell, byte)| *cell &= byte);
        Ok(())
    }
}

fuzz_target!(|input: &[u8]| {
    let mut flash = Flash(vec![0xff; 6 * SECTOR]);
    // The state's sectors, then those of `otadata`.
    for (at, piece) in input.chunks(2_048).take(4).enumerate() {
        flash.0[at * SECTOR..at * SECTOR + piece.len()].copy_from_slice(piece);
    }
    let slot = usize::from(input.first().is_some_and(|byte| byte % 2 == 1));
    let running = Running { board: "b", release: 3, security_version: 0, release_keys: Vec::new(), slot };
    let slots = [4 * SECTOR as u32, 5 * SECTOR as u32];
    let layout = Layout { state: 0, otadata: 2 * SECTOR as u32, slots, slot_bytes: SECTOR };
    let mut orders =
        Orders::open(&mut flash, running, layout, ("d", None), |_| true).expect("this flash does not fail");
    let moment = Moment { now_ms: 10_000_000, mains: true, idle: true };
    // Without a key nothing is fetched or started, whatever lies in the flash.
    let action = orders.poll(&mut flash, moment, |_| true).expect("this flash does not fail");
    assert!(matches!(action, Action::None | Action::Restart));
    let (mut store, _) = StateStore::open(&mut flash, 0).expect("this flash does not fail");
    let state = State { tries: 3, manifest: b"m".to_vec(), ..State::default() };
    store.save(&mut flash, &state, 2).expect("this flash does not fail");
    let (mut store, kept) = StateStore::open(&mut flash, 0).expect("this flash does not fail");
    assert_eq!((kept, store.marks(&mut flash).expect("this flash does not fail")), (state, 2));
});
