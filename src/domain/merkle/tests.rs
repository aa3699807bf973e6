use super::plan::{Node, complete, consistency, inclusion};
use super::proof::{Head, continues, includes};
use super::tile::{Tile, WIDTH, node_of};
use super::{Frontier, Hash, Merkle};
use proptest::prelude::{any, prop, proptest};
use rstest::rstest;
use sha2::Digest as _;

fn sha256(parts: &[&[u8]]) -> Hash {
    let mut digest = sha2::Sha256::new();
    parts.iter().for_each(|it| digest.update(it));
    digest.finalize().into()
}

const BY: Merkle = Merkle::by(sha256);

/// The leaves of the reference tree of Certificate Transparency.
const REFERENCE: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(digit).collect()
}

fn hex(hash: &Hash) -> String {
    hash.iter().map(|it| format!("{it:02x}")).collect()
}

fn reference() -> Vec<Hash> {
    REFERENCE.iter().map(|it| BY.leaf(&bytes(it))).collect()
}

/// Leaves that nothing else has.
fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|it| BY.leaf(&it.to_be_bytes())).collect()
}

/// The root as the RFC defines it.
fn defined(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => BY.empty(),
        [one] => *one,
        more => {
            let middle = (more.len() - 1).ilog2();
            let (left, right) = more.split_at(1 << middle);
            BY.node(&defined(left), &defined(right))
        }
    }
}

fn part(leaves: &[Hash], part: std::ops::Range<u64>) -> Hash {
    let at = |it: u64| usize::try_from(it).unwrap();
    defined(&leaves[at(part.start)..at(part.end)])
}

fn head(leaves: &[Hash], size: u64) -> Head {
    Head { size, root: part(leaves, 0..size) }
}

fn proof(leaves: &[Hash], parts: Option<Vec<std::ops::Range<u64>>>) -> Vec<Hash> {
    parts.unwrap().into_iter().map(|it| part(leaves, it)).collect()
}

#[rstest]
#[case(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
#[case(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
#[case(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
#[case(3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")]
#[case(7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c")]
#[case(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]
fn roots_are_those_of_the_reference(#[case] size: usize, #[case] root: &str) {
    assert_eq!(hex(&BY.root(&reference()[..size])), root);
}

/// From the tests of the reference: `(leaf, size)` from 1, and the path.
#[test]
fn paths_are_those_of_the_reference() {
    let leaves = reference();
    let path = |index, size| -> Vec<String> {
        proof(&leaves, inclusion(index, size)).iter().map(hex).collect()
    };
    assert_eq!(path(0, 1), Vec::<String>::new());
    assert_eq!(
        path(0, 8),
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ]
    );
    assert_eq!(path(2, 3), ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]);
    let between: Vec<String> = proof(&leaves, consistency(1, 8)).iter().map(hex).collect();
    assert_eq!(between, path(0, 8));
}

#[test]
fn a_frontier_has_the_root_of_every_size() {
    let leaves = leaves(70);
    let mut frontier = Frontier::default();
    for size in 0..=leaves.len() {
        assert_eq!(frontier.root(BY), defined(&leaves[..size]), "{size}");
        let (kept, bytes) = (frontier.size(), frontier.to_bytes());
        assert_eq!(Frontier::from_bytes(kept, &bytes), Some(frontier.clone()));
        assert_eq!(
            Frontier::from_bytes(kept + 1, &bytes).is_some(),
            kept % 2 == 1 && (kept + 1).count_ones() == kept.count_ones()
        );
        if let Some(next) = leaves.get(size) {
            frontier.append(BY, *next);
        }
    }
    assert_eq!(Frontier::from_bytes(1, &[7; 31]), None);
}

#[test]
fn every_entry_is_proven_in_every_log_and_at_no_other_place() {
    let leaves = leaves(40);
    for size in 1..=40 {
        let log = head(&leaves, size);
        for index in 0..size {
            let path = proof(&leaves, inclusion(index, size));
            let leaf = &leaves[usize::try_from(index).unwrap()];
            assert!(includes(BY, &log, index, leaf, &path), "{index} of {size}");
            assert!(!includes(BY, &log, index, &BY.leaf(b"other"), &path));
            assert!(!includes(BY, &log, size, leaf, &path));
            for other in (0..size).filter(|it| *it != index) {
                assert!(!includes(BY, &log, other, leaf, &path), "{index} as {other} of {size}");
            }
            for shorter in 0..path.len() {
                assert!(!includes(BY, &log, index, leaf, &path[..shorter]));
            }
            let longer: Vec<_> = path.iter().copied().chain([*leaf]).collect();
            assert!(!includes(BY, &log, index, leaf, &longer));
        }
        assert_eq!(inclusion(size, size), None);
    }
}

#[test]
fn a_log_continues_every_smaller_one_and_none_that_was_rewritten() {
    let leaves = leaves(40);
    for new in 0..=40 {
        for old in 0..=new {
            let (before, after) = (head(&leaves, old), head(&leaves, new));
            let path = proof(&leaves, consistency(old, new));
            assert!(continues(BY, &before, &after, &path), "{old} to {new}");
            assert_eq!(continues(BY, &after, &before, &path), old == new, "{new} to {old}");
            let mut rewritten = leaves.clone();
            if old > 0 {
                rewritten[usize::try_from(old / 2).unwrap()] = BY.leaf(b"rewritten");
                let other = head(&rewritten, new);
                for path in [path, proof(&rewritten, consistency(old, new))] {
                    assert!(!continues(BY, &before, &other, &path), "{old} to {new}, rewritten");
                }
            }
        }
        assert_eq!(consistency(new + 1, new), None);
    }
}

#[test]
fn the_names_of_files_are_those_of_the_standard() {
    let name = |level, index, size| Tile::of(level, index, size).map(Tile::path);
    assert_eq!(name(0, 0, 256).as_deref(), Some("tile/0/000"));
    assert_eq!(name(0, 0, 255).as_deref(), Some("tile/0/000.p/255"));
    assert_eq!(name(0, 1, 256), None);
    assert_eq!(name(1, 0, 255), None);
    assert_eq!(name(1, 0, 512).as_deref(), Some("tile/1/000.p/2"));
    let far = Tile::of(0, 1_234_067, 1_234_068 * WIDTH).unwrap();
    assert_eq!(far.path(), "tile/0/x001/x234/067");
    assert_eq!(far.entries_path(), "tile/entries/x001/x234/067");
    assert_eq!(Tile::of(8, 0, u64::MAX), None);
}

#[test]
fn every_part_of_a_proof_is_found_in_files() {
    let size: u64 = 700;
    let leaves = leaves(size);
    let hashes = |tile: Tile| -> Vec<Hash> {
        let span = 1_u64 << (8 * u32::from(tile.level));
        let first = tile.index * WIDTH;
        (first..first + tile.width).map(|it| part(&leaves, it * span..(it + 1) * span)).collect()
    };
    for index in [0, 1, 255, 256, 511, 512, 698, 699] {
        for range in inclusion(index, size).unwrap() {
            let found: Vec<Hash> = complete(range.clone())
                .into_iter()
                .map(|node| {
                    let tile = Tile::holding(node, size).unwrap();
                    node_of(BY, node, &hashes(tile)).unwrap()
                })
                .collect();
            assert_eq!(BY.join(&found), Some(part(&leaves, range)));
        }
    }
    assert_eq!(node_of(BY, Node { level: 3, index: 31 }, &leaves[..255]), None);
}

proptest! {
    #[test]
    fn complete_subtrees_cover_a_part_without_a_gap(size in 1_u64..5_000, index in any::<u64>()) {
        for range in inclusion(index % size, size).unwrap() {
            let mut at = range.start;
            for Node { level, index } in complete(range.clone()) {
                assert_eq!(index << level, at);
                at += 1 << level;
            }
            assert_eq!(at, range.end);
        }
    }

    #[test]
    fn nothing_that_somebody_makes_up_is_a_proof(
        size in 1_u64..200,
        index in any::<u64>(),
        path in prop::collection::vec(any::<[u8; 32]>(), 0..9),
    ) {
        let leaves = leaves(size);
        let (log, old) = (head(&leaves, size), head(&leaves, size / 2));
        let leaf = BY.leaf(b"made up");
        assert!(!includes(BY, &log, index, &leaf, &path));
        if size > 3 && !path.is_empty() {
            assert!(!continues(BY, &old, &log, &path));
        }
    }
}
