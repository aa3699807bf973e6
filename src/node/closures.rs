//! Closures of the clinic, and what has to be looked at.

use crate::actors::Happened;
use crate::command::{Call, Execute, unsaved};
use crate::domain::schedule::{check, view};
use crate::node::Node;
use crate::node::schedules::exception;
use crate::protocol::auth::Done;
use crate::protocol::fault::Fault;
use crate::protocol::ids::ExceptionId;
use crate::protocol::schedule::{
    Closures, ExceptionCard, ExceptionKind, FinishTask, ListClosures, ListTasks, RemoveClosure,
    SaveClosure, TaskCard, TaskKind, Tasks,
};
use crate::store::schedule::TaskRecord;
use uuid::Uuid;

/// Tasks of one list.
const MAX_TASKS: u32 = 200;

impl Execute<ListClosures> for Node {
    async fn execute(&self, call: Call, _: ListClosures) -> Result<Closures, Fault> {
        let of = call.principal()?.organisation;
        let mut all = self.store.closures(of, call.now).await.map_err(unsaved)?;
        all.sort_by(|a, b| {
            (&a.starts_local, a.exception_id).cmp(&(&b.starts_local, b.exception_id))
        });
        Ok(Closures { closures: all.iter().map(view::exception).collect() })
    }
}

impl Execute<SaveClosure> for Node {
    async fn execute(&self, call: Call, op: SaveClosure) -> Result<ExceptionCard, Fault> {
        if op.terms.kind != ExceptionKind::Closed {
            return Err(Fault::invalid("kind", "A closure closes."));
        }
        let id = op.exception_id.unwrap_or_else(|| ExceptionId(Uuid::now_v7()));
        let closure = exception(id, None, op.terms);
        let of = call.principal()?.organisation;
        let others = self.store.closures(of, call.now).await.map_err(unsaved)?;
        check::exception(&closure, &others)?;
        let output = view::exception(&closure);
        let answered = call.answered(&output)?;
        self.store.save_closure(of, closure, answered).await.map_err(unsaved)?;
        self.happened(Happened::ClosuresChanged);
        Ok(output)
    }
}

impl Execute<RemoveClosure> for Node {
    async fn execute(&self, call: Call, op: RemoveClosure) -> Result<Done, Fault> {
        let answered = call.answered(&Done {})?;
        let of = call.principal()?.organisation;
        self.store.remove_closure(of, op.exception_id, answered).await.map_err(unsaved)?;
        self.happened(Happened::ClosuresChanged);
        Ok(Done {})
    }
}

impl Execute<ListTasks> for Node {
    async fn execute(&self, call: Call, _: ListTasks) -> Result<Tasks, Fault> {
        let of = call.principal()?.organisation;
        let tasks = self.store.tasks(of, MAX_TASKS).await.map_err(unsaved)?;
        Ok(Tasks { tasks: tasks.iter().map(card).collect() })
    }
}

impl Execute<FinishTask> for Node {
    async fn execute(&self, call: Call, op: FinishTask) -> Result<Done, Fault> {
        let answered = call.answered(&Done {})?;
        self.store.finish_task(op.task_id, call.now, answered).await.map_err(unsaved)?;
        Ok(Done {})
    }
}

fn card(it: &TaskRecord) -> TaskCard {
    TaskCard {
        task_id: it.task_id,
        kind: match it.kind {
            "zone_changed" => TaskKind::ZoneChanged,
            _ => TaskKind::ZoneConflict,
        },
        appointment_id: it.appointment_id,
        created_at: it.created_at,
    }
}
