//! Desks and planners of a node: found by whose they are, made when somebody asks.

use crate::actors::board::Board;
use crate::actors::desk::{Desk, DeskParts};
use crate::actors::directory::{Directory, Threads};
use crate::actors::planner::{Planner, PlannerParts};
use crate::actors::room::RoomParts;
use crate::protocol::ids::PersonId;
use std::sync::Arc;

pub(super) fn desks(like: &RoomParts, threads: &Arc<Threads>) -> Directory<PersonId, Desk> {
    let parts = Arc::new(DeskParts {
        store: Arc::clone(&like.store),
        clock: Arc::clone(&like.clock),
        emit: Arc::clone(&like.emit),
    });
    Directory::new(Arc::clone(threads), move |id| Desk::new(id, Arc::clone(&parts)))
}

pub(super) fn planners(
    like: &RoomParts,
    board: &Arc<Board>,
    threads: &Arc<Threads>,
) -> Directory<PersonId, Planner> {
    let parts = Arc::new(PlannerParts {
        store: Arc::clone(&like.store),
        clock: Arc::clone(&like.clock),
        emit: Arc::clone(&like.emit),
        node: like.node.clone(),
        board: Arc::clone(board),
    });
    Directory::new(Arc::clone(threads), move |id| Planner::new(id, Arc::clone(&parts)))
}
