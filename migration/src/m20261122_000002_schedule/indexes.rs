//! What is looked up, and in which order. The migration test names each of them.

use sea_orm_migration::sea_orm::sea_query::{Index, IndexCreateStatement};

/// Name, table, columns.
const PLAIN: &[(&str, &str, &[&str])] = &[
    ("notices_state_next", "notices", &["state", "next_try_at"]),
    ("notices_person", "notices", &["person_id", "channel", "settled_at"]),
    ("notices_appointment", "notices", &["appointment_id"]),
];

pub(super) fn all() -> Vec<IndexCreateStatement> {
    PLAIN.iter().map(index).collect()
}

fn index(
    (name, table, columns): &(&'static str, &'static str, &[&'static str]),
) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(*name).table(*table);
    for column in *columns {
        index.col(*column);
    }
    index
}
