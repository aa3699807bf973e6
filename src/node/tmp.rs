use crate::command::*;
use crate::node::Node;
use crate::protocol::all::*;
use crate::protocol::fault::*;
use crate::protocol::operation::Operation;
impl Execute<RegisterPatient> for Node {
    async fn execute(
        &self,
        _: Call,
        _: RegisterPatient,
    ) -> Result<<RegisterPatient as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<ReadProfile> for Node {
    async fn execute(
        &self,
        _: Call,
        _: ReadProfile,
    ) -> Result<<ReadProfile as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<UpdateProfile> for Node {
    async fn execute(
        &self,
        _: Call,
        _: UpdateProfile,
    ) -> Result<<UpdateProfile as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<ListPractitioners> for Node {
    async fn execute(
        &self,
        _: Call,
        _: ListPractitioners,
    ) -> Result<<ListPractitioners as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<UpdatePractitioner> for Node {
    async fn execute(
        &self,
        _: Call,
        _: UpdatePractitioner,
    ) -> Result<<UpdatePractitioner as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<ListServices> for Node {
    async fn execute(
        &self,
        _: Call,
        _: ListServices,
    ) -> Result<<ListServices as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<CreateService> for Node {
    async fn execute(
        &self,
        _: Call,
        _: CreateService,
    ) -> Result<<CreateService as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<UpdateService> for Node {
    async fn execute(
        &self,
        _: Call,
        _: UpdateService,
    ) -> Result<<UpdateService as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<ListClosures> for Node {
    async fn execute(
        &self,
        _: Call,
        _: ListClosures,
    ) -> Result<<ListClosures as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<SaveClosure> for Node {
    async fn execute(
        &self,
        _: Call,
        _: SaveClosure,
    ) -> Result<<SaveClosure as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<RemoveClosure> for Node {
    async fn execute(
        &self,
        _: Call,
        _: RemoveClosure,
    ) -> Result<<RemoveClosure as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<ReadHistory> for Node {
    async fn execute(
        &self,
        _: Call,
        _: ReadHistory,
    ) -> Result<<ReadHistory as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<ReadCalendarFile> for Node {
    async fn execute(
        &self,
        _: Call,
        _: ReadCalendarFile,
    ) -> Result<<ReadCalendarFile as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<JoinWaitlist> for Node {
    async fn execute(
        &self,
        _: Call,
        _: JoinWaitlist,
    ) -> Result<<JoinWaitlist as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<LeaveWaitlist> for Node {
    async fn execute(
        &self,
        _: Call,
        _: LeaveWaitlist,
    ) -> Result<<LeaveWaitlist as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<ListWaitlist> for Node {
    async fn execute(
        &self,
        _: Call,
        _: ListWaitlist,
    ) -> Result<<ListWaitlist as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<ListInbox> for Node {
    async fn execute(
        &self,
        _: Call,
        _: ListInbox,
    ) -> Result<<ListInbox as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<MarkRead> for Node {
    async fn execute(
        &self,
        _: Call,
        _: MarkRead,
    ) -> Result<<MarkRead as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<ReadPreferences> for Node {
    async fn execute(
        &self,
        _: Call,
        _: ReadPreferences,
    ) -> Result<<ReadPreferences as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<UpdatePreferences> for Node {
    async fn execute(
        &self,
        _: Call,
        _: UpdatePreferences,
    ) -> Result<<UpdatePreferences as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<ListDeadNotices> for Node {
    async fn execute(
        &self,
        _: Call,
        _: ListDeadNotices,
    ) -> Result<<ListDeadNotices as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<RetryNotice> for Node {
    async fn execute(
        &self,
        _: Call,
        _: RetryNotice,
    ) -> Result<<RetryNotice as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<ListTasks> for Node {
    async fn execute(
        &self,
        _: Call,
        _: ListTasks,
    ) -> Result<<ListTasks as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
impl Execute<FinishTask> for Node {
    async fn execute(
        &self,
        _: Call,
        _: FinishTask,
    ) -> Result<<FinishTask as Operation>::Output, Fault> {
        Err(FaultCode::Internal.into())
    }
}
