//! What travels during an update: requests, blocks, and what an image says of itself.

#![no_main]

use libfuzzer_sys::fuzz_target;
use orders::{
    image::{Descriptor, LENGTH},
    transfer::{BLOCK, Block, Request},
};

fuzz_target!(|input: &[u8]| {
    if let Ok(request) = Request::parse(input) {
        assert_eq!(request.to_bytes(), input);
        for answer in request.answers(input) {
            let block = Block::parse(&answer).expect("an answer is a block");
            assert_eq!(block.bytes, &input[block.offset..][..block.bytes.len()]);
        }
    }
    if let Some(block) = Block::parse(input) {
        assert!(block.bytes.len() <= BLOCK && input.ends_with(block.bytes));
    }
    if let Some(first) = input.first_chunk::<LENGTH>() {
        let _ = Descriptor::read(first);
    }
});
