//! The orders that wait for a worker: one line, in the order in which they were given.
//!
//! Invariant: an order that ends or silences somebody's media is never refused, and never overtaken. What may be refused
//! is bounded by [`MOST`]: an offer is made again, a size is told again. The others need no bound of their own: each
//! follows from a decision that was saved or from a call that is limited, and a worker that takes none for a second
//! counts as dead and is replaced, line and all, by one that has no seats.
//!
//! One line and not two, because the order matters: a seat that was ended and joined again must not be ended last.

use super::Command;
use super::worker::Order;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};

/// Orders that may be refused wait no more than so many: some hundred rooms that all begin at once.
pub(super) const MOST: usize = 1024;

/// Where orders are given.
pub(super) struct Lane {
    orders: Sender<Order>,
    waiting: Arc<AtomicUsize>,
}

/// Where a worker takes them.
pub(crate) struct Orders {
    orders: Receiver<Order>,
    waiting: Arc<AtomicUsize>,
}

/// A lane.
pub(super) fn lane() -> (Lane, Orders) {
    let (sender, receiver) = channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    (Lane { orders: sender, waiting: waiting.clone() }, Orders { orders: receiver, waiting })
}

impl Lane {
    /// Puts an order in. False when too many wait and it is one that may be refused, or when nobody takes any.
    pub(super) fn give(&self, order: Order) -> bool {
        if may_be_refused(&order) && self.waiting.load(Ordering::Relaxed) >= MOST {
            return false;
        }
        // Counted before it can be taken, so that the count is never below what waits.
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.orders.send(order).is_ok()
    }
}

impl Orders {
    /// The next one.
    pub(super) fn next(&self) -> Result<Order, TryRecvError> {
        let order = self.orders.try_recv()?;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        Ok(order)
    }
}

/// Whether whoever gave it can do without: they are told, and ask again.
fn may_be_refused(order: &Order) -> bool {
    match order {
        Order::Join { .. } | Order::Restart { .. } | Order::Tell(Command::View { .. }) => true,
        Order::Tell(Command::Leave(_) | Command::Mute { .. } | Command::CloseRoom(_))
        | Order::Panic => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ids::{AppointmentId, ParticipantId};
    use crate::sfu::{MediaError, Seat, Source};
    use tokio::sync::oneshot;
    use uuid::Uuid;

    const SEAT: Seat = Seat {
        room: AppointmentId(Uuid::from_u128(1)),
        participant: ParticipantId(Uuid::from_u128(2)),
    };

    fn view() -> Order {
        Order::Tell(Command::View { seat: SEAT, sizes: vec![] })
    }

    #[test]
    fn a_full_lane_takes_what_ends_media_and_keeps_the_order() {
        let (lane, orders) = lane();
        for _ in 0..MOST {
            assert!(lane.give(view()));
        }
        assert!(!lane.give(view()), "sizes can be told again");
        let (answer, _asked) = oneshot::channel::<Result<_, MediaError>>();
        assert!(!lane.give(Order::Join { seat: SEAT, offer: String::new(), answer }));
        let control = [
            Command::Leave(SEAT),
            Command::Mute { seat: SEAT, source: Source::Microphone, muted: true },
            Command::CloseRoom(SEAT.room),
        ];
        for command in control.iter().cycle().take(3 * MOST) {
            assert!(lane.give(Order::Tell(command.clone())));
        }

        let taken: Vec<Command> = std::iter::from_fn(|| orders.next().ok())
            .filter_map(|it| match it {
                Order::Tell(command) => Some(command),
                Order::Join { .. } | Order::Restart { .. } | Order::Panic => None,
            })
            .collect();
        let expected = control.iter().cycle().take(3 * MOST);
        assert!(taken.iter().skip(MOST).eq(expected), "all of them, as they were given");
        assert!(lane.give(view()), "there is room again");
    }

    #[test]
    fn nobody_takes_orders_of_a_worker_that_has_gone() {
        let (lane, orders) = lane();
        drop(orders);
        assert!(!lane.give(Order::Tell(Command::Leave(SEAT))));
    }
}
