//! THE AUDIT LOG PROVES ITSELF: its rows become the leaves of a Merkle tree, whose root is signed.
//!
//! Owns: what a leaf says and what it hides ([`leaf`]), what is signed ([`checkpoint`]), the way of rows into the tree
//! ([`sequencer`]) and of the tree into files that anybody may check ([`publisher`], [`bundle`]) and that are held against what
//! a database says later ([`published`]); an [`export`] of them for whoever checks, and those who do: [`verify`], [`prove`],
//! [`witness`], who need files and a public key and no hub; whoever looks at the database itself ([`recheck`]); keys that follow
//! each other ([`succession`], [`rotation`]); old entries in files that are kept elsewhere ([`archive`]).
//! Invariants: AU-2 of every committed row there is one entry, entries have one order without a gap, and what was signed once
//! stays the beginning of everything that is signed later. AU-3 a leaf names nobody: who and what is meant stands in a
//! detail, to which the leaf commits with a salt; without the salt the leaf says nothing more and the log stays valid.
//! Does not: write rows of the log (`command::record`), or wait for anybody: it works after the commit of what it is about.

pub mod archive;
pub mod bundle;
pub mod checkpoint;
mod details;
pub mod export;
pub mod fhir;
pub mod folder;
pub mod followed;
pub mod leaf;
pub mod own;
pub mod prove;
pub mod published;
pub mod publisher;
pub mod recheck;
pub mod rotation;
pub mod sequencer;
pub mod succession;
pub mod uncalled;
pub mod verify;
pub mod witness;

use crate::crypto::sha256_of;
use crate::domain::merkle::{Hash, Merkle};

/// The hashing of the log.
pub const MERKLE: Merkle = Merkle::by(sha256_of);

/// Bytes as lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

/// Bytes of a hexadecimal text.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|it| it.to_digit(16)).collect();
    let pair = |it: &[u32]| match it {
        [high, low] => u8::try_from(high * 16 + low).ok(),
        _ => None,
    };
    digits?.chunks(2).map(pair).collect()
}

/// The hashes of a file of hashes.
pub fn hashes_of(bytes: &[u8]) -> Option<Vec<Hash>> {
    bytes.chunks(size_of::<Hash>()).map(|it| Hash::try_from(it).ok()).collect()
}
