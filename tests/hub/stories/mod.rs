//! What people live through at the clinic.

mod doors;
mod faults;
mod guests;
mod housekeeping;
mod keys;
mod line;
mod links;
mod media;
mod messages;
mod presence;
mod sessions;
mod storm;
mod unread;
mod visit;
mod window;
