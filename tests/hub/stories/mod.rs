//! What people live through at the clinic.

mod faults;
mod guests;
mod keys;
mod line;
mod links;
mod media;
mod messages;
mod presence;
mod sessions;
mod visit;
