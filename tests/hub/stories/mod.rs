//! What people live through at the clinic.

mod booking;
mod doors;
mod faults;
mod followers;
mod guards;
mod guests;
mod hours;
mod housekeeping;
mod keys;
mod line;
mod links;
mod media;
mod messages;
mod moving;
mod paying;
mod planners;
mod presence;
mod sessions;
mod shared;
mod storm;
mod together;
mod unread;
mod visit;
mod waiting;
mod window;
mod zones;
