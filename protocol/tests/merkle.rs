//! The tree against RFC 6962's own definition, and proofs against everything that is not one.

use protocol::{
    Hash, cid, digest,
    merkle::{InclusionProof, ProofError, Tree, leaf_hash, node_hash, root},
    to_hex,
};

fn leaves(n: usize) -> Vec<Hash> {
    (0..n).map(|i| leaf_hash(&i.to_be_bytes())).collect()
}

/// MTH of RFC 6962 section 2.1, word for word.
fn by_definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => digest(&[]),
        [leaf] => *leaf,
        _ => {
            let k = (leaves.len() - 1).ilog2();
            let (left, right) = leaves.split_at(1 << k);
            node_hash(&by_definition(left), &by_definition(right))
        }
    }
}

#[test]
fn known_values() {
    assert_eq!(to_hex(&root(vec![])), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(to_hex(&leaf_hash(b"")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    assert_eq!(to_hex(&leaf_hash(b"L123456")), "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
    let node = digest(b"\x01N123N456");
    assert_eq!(to_hex(&node), "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb");
    let hello = "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4";
    assert_eq!(cid::from_digest(&digest(b"hello world\n")), hello);
    assert_eq!(cid::to_digest(hello), Some(digest(b"hello world\n")));
    assert_eq!(cid::to_digest(&hello.to_uppercase()), None);
}

#[test]
fn root_and_tree_are_rfc_6962() {
    for n in 0..300 {
        let leaves = leaves(n);
        assert_eq!(root(leaves.clone()), by_definition(&leaves), "{n} leaves");
        assert_eq!(Tree::new(&leaves).root(), by_definition(&leaves), "{n} leaves, tree");
    }
}

#[test]
fn every_proof_holds_and_no_other_does() {
    for n in 1..70 {
        let leaves = leaves(n);
        let tree = Tree::new(&leaves);
        let root = tree.root();
        assert_eq!(tree.proof(n), None);
        for (i, leaf) in leaves.iter().enumerate() {
            let proof = tree.proof(i).expect("a leaf");
            assert_eq!(proof.verify(leaf, &root), Ok(()));
            for other in 0..n as u64 + 2 {
                let moved = InclusionProof { leaf_index: other, ..proof.clone() };
                assert_eq!(moved.verify(leaf, &root).is_ok(), other == i as u64, "{n} {i} {other}");
            }
            let mut longer = proof.clone();
            longer.path.push(root);
            assert!(longer.verify(leaf, &root).is_err());
            if !proof.path.is_empty() {
                let mut shorter = proof.clone();
                shorter.path.pop();
                assert!(shorter.verify(leaf, &root).is_err());
                let mut changed = proof.clone();
                changed.path[0][31] ^= 1;
                assert_eq!(changed.verify(leaf, &root), Err(ProofError::Root));
            }
            assert!(proof.verify(&root, leaf).is_err() || n == 1);
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_proof_makes_the_check_panic(
        leaf_index in proptest::num::u64::ANY,
        tree_size in proptest::num::u64::ANY,
        path in proptest::collection::vec(proptest::array::uniform32(proptest::num::u8::ANY), 0..80),
    ) {
        let proof = InclusionProof { leaf_index, tree_size, path };
        let _ = proof.verify(&[0; 32], &[0; 32]);
    }
}
