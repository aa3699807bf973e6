//! From a name and a value to an operation: what a WebSocket frame needs, written out from the catalogue.

use crate::command::{Call, Execute, Hub, call, params};
use crate::for_each_operation;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::operation::Operation;
use serde_json::Value;

macro_rules! dispatch {
    ($($name:literal $params:ident => $output:ident, $access:ident $effect:ident $pace:ident $success:literal $fresh:literal, $method:ident $path:literal $how:ident;)+) => {
        /// Everything that a hub can do.
        pub trait ExecuteAll: Hub $(+ Execute<crate::protocol::all::$params>)+ {}
        impl<H: Hub $(+ Execute<crate::protocol::all::$params>)+> ExecuteAll for H {}

        /// Calls the operation of that name through the door.
        ///
        /// # Errors
        /// [`FaultCode::UnknownOperation`], [`FaultCode::Unsupported`] for one that moves cookies and so needs REST,
        /// [`FaultCode::Malformed`], and whatever the operation says.
        pub async fn dispatch<H: ExecuteAll>(
            hub: &H,
            request: Call,
            name: &str,
            params: Value,
        ) -> Result<Value, Fault> {
            match name {
                $($name => match stringify!($how) {
                    "generic" => {
                        Box::pin(run::<H, crate::protocol::all::$params>(hub, request, params)).await
                    }
                    _ => Err(FaultCode::Unsupported.into()),
                },)+
                _ => Err(FaultCode::UnknownOperation.into()),
            }
        }
    };
}
for_each_operation!(dispatch);

async fn run<H, O>(hub: &H, request: Call, params: Value) -> Result<Value, Fault>
where
    H: Hub + Execute<O>,
    O: Operation,
{
    // No params at all is the same as none of them.
    let params = if params.is_null() { Value::Object(Default::default()) } else { params };
    let id = request.request_id;
    let op: O = params::read(params).map_err(|it| super::unread(O::NAME, id, it))?;
    let output = call(hub, request, op).await?;
    serde_json::to_value(output).map_err(|_| FaultCode::Internal.into())
}
