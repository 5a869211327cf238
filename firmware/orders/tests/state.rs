//! The two sectors of the state: a power cut at any of their operations leaves the old or the new.

use orders::state::{Phase, State, StateStore};
use simulators::flash::{Cut, SimFlash};

fn state(tries: u8) -> State {
    State {
        phase: Phase::Fetching,
        tries,
        manifest: vec![tries; 300],
        given_up: 4,
        configuration: vec![1; 500],
        trial: vec![2; 10],
        trial_starts: 3,
        given_up_configuration: 9,
    }
}

#[test]
fn what_was_saved_last_is_read_with_its_marks() {
    let mut flash = SimFlash::erased(4);
    let (mut store, empty) = StateStore::open(&mut flash, 8_192).unwrap();
    assert_eq!((empty, store.marks(&mut flash)), (State::default(), Ok(0)));
    for tries in 0..5 {
        store.save(&mut flash, &state(tries), 2).unwrap();
        store.mark(&mut flash, 2).unwrap();
        let (mut store, kept) = StateStore::open(&mut flash, 8_192).unwrap();
        assert_eq!((kept, store.marks(&mut flash)), (state(tries), Ok(3)));
    }
    assert!(flash.cells().violations.is_empty());
}

#[test]
fn a_cut_anywhere_leaves_the_old_or_the_new() {
    for cut in [Cut::Before, Cut::Half, Cut::After] {
        for operation in 0..4 {
            let mut flash = SimFlash::erased(2);
            let (mut store, _) = StateStore::open(&mut flash, 0).unwrap();
            store.save(&mut flash, &state(1), 5).unwrap();
            flash.cells().cut_at(operation, cut);
            let saved = store.save(&mut flash, &state(2), 5).and_then(|()| store.mark(&mut flash, 5));
            assert!(saved.is_err());
            flash.cells().power_on();
            let (mut store, kept) = StateStore::open(&mut flash, 0).unwrap();
            let marks = store.marks(&mut flash).unwrap();
            assert!(kept == state(1) || kept == state(2), "{cut:?} at {operation}");
            assert!(marks == 5 || (marks == 6 && kept == state(2)), "{cut:?} at {operation}: {marks}");
            // And it can be saved again.
            store.save(&mut flash, &state(3), 0).unwrap();
            assert_eq!(StateStore::open(&mut flash, 0).unwrap().1, state(3));
        }
    }
}

#[test]
fn a_bit_that_flips_leaves_the_state_before() {
    let mut flash = SimFlash::erased(2);
    let (mut store, _) = StateStore::open(&mut flash, 0).unwrap();
    store.save(&mut flash, &state(1), 0).unwrap();
    store.save(&mut flash, &state(2), 0).unwrap();
    for bit in (0..2_048 * 8).step_by(37) {
        flash.cells().flip(4_096 * 8 + bit);
        assert_eq!(StateStore::open(&mut flash, 0).unwrap().1, state(1), "{bit}");
        flash.cells().flip(4_096 * 8 + bit);
    }
    assert_eq!(StateStore::open(&mut flash, 0).unwrap().1, state(2));
}
