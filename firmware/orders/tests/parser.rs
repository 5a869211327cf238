//! Bytes from anywhere make nothing fall, and nothing is taken but the one spelling.

use orders::{
    Configuration, Manifest, Report,
    image::{self, Descriptor},
    transfer::{ALL, BLOCK, BLOCKS, Block, HEADER, Request},
};
use p256::ecdsa::SigningKey;
use proptest::prelude::*;
use protocol::key::PublicKey;

fn key() -> PublicKey {
    let key = SigningKey::from_slice(&[7; 32]).unwrap();
    PublicKey::from_point(key.verifying_key().to_encoded_point(false).as_bytes()).unwrap()
}

proptest! {
    #[test]
    fn nothing_makes_it_fall(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(Manifest::verify(&bytes, &[key()]).is_err());
        prop_assert!(Configuration::verify(&bytes, Some(&key())).is_err());
        prop_assert!(Report::parse(&bytes).is_err());
        if let Ok(request) = Request::parse(&bytes) {
            prop_assert_eq!(request.to_bytes(), bytes.clone());
        }
        let _ = Block::parse(&bytes);
        if let Some(first) = bytes.first_chunk::<{ image::LENGTH }>() {
            let _ = Descriptor::read(first);
        }
    }

    #[test]
    fn requests_are_answered_with_the_blocks_that_are_missing(
        missing in 0..=ALL, release in 0..1u64 << 53, sector in 0usize..3, length in 1usize..9_000,
    ) {
        let request = Request { missing, release, sector };
        prop_assert_eq!(Request::parse(&request.to_bytes()), Ok(request));
        let image: Vec<u8> = (0..length).map(|at| at as u8).collect();
        let mut count = 0;
        for answer in request.answers(&image) {
            let block = Block::parse(&answer).unwrap();
            prop_assert_eq!(block.release, release);
            prop_assert_eq!(block.bytes, &image[block.offset..block.offset + block.bytes.len()]);
            prop_assert!(answer.len() <= HEADER + BLOCK && block.offset / 4_096 == sector);
            prop_assert!(missing & (1 << (block.offset % 4_096 / BLOCK)) != 0);
            count += 1;
        }
        prop_assert!(count <= BLOCKS.min(missing.count_ones() as usize));
    }
}
