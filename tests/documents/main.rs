//! DOCUMENTS of the protocol: written from the Rust types, committed, and proven fresh here.
//!
//! Owns: `docs/protocol/{schema,openapi,asyncapi,golden}.json` and the generated tables of `docs/protocol/README.md`.
//! Invariant: a stale document is rewritten and the test then fails, so that nobody forgets to commit it.
//! Does not: write TypeScript; `clients/js` does that from `schema.json`, with a test of the same kind.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod asyncapi;
mod clauses;
mod examples;
mod fresh;
mod golden;
mod openapi;
mod readme;
mod schema;
mod table;

use fresh::Documents;

#[test]
fn documents_are_fresh() {
    let mut documents = Documents::default();
    documents.json("schema.json", &schema::document());
    documents.json("openapi.json", &openapi::document());
    documents.json("asyncapi.json", &asyncapi::document());
    documents.text("golden.json", &golden::document());
    documents.sections("README.md", &readme::sections());
    documents.assert_fresh();
}
