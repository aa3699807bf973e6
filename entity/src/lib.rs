//! Rows of the database, as sea-orm entities.
