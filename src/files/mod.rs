//! THE BYTES OF FILES: where they are kept, and what they are by their contents.
//!
//! Owns: objects and their names ([`blobs`], in a folder or in a [`bucket`]), which kinds of files are taken ([`kind`]), what of a document is looked for
//! ([`document`]), its text ([`text`]), pictures made anew ([`picture`]), the antivirus ([`antivirus`]), and the files by which
//! the audit log is checked ([`tiles`]).
//! Invariants: what is kept comes sealed; the name of an object says nothing. A file is what its contents say, whatever its name
//! says. Everything that is unpacked or decoded has a bound that holds before it is.
//! Does not: know people or conversations, seal, or decide what becomes of a file (`node::files`).

pub mod antivirus;
pub mod blobs;
pub mod bucket;
pub mod document;
mod jpeg;
pub mod kind;
pub mod picture;
mod staged;
pub mod text;
pub mod tiles;
