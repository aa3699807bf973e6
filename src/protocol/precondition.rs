//! What a call is to hold for: nothing changes unless the thing is still where its caller saw it.
//!
//! THE TABLE of operations that take one stands here; any other refuses it, because a condition that nobody looks at would
//! be worse than none.

use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::topic::Position;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the caller saw the thing. Exactly one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Precondition {
    /// Of the topic that the operation is about: nothing has happened in it since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// Of the appointment: it was neither moved nor cancelled since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}

/// What of a thing is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// The position of its topic.
    Position,
    /// Its version.
    Version,
}

/// Operations that take a precondition.
pub const CONDITIONAL: &[(&str, Of)] = &[
    ("appointment.cancel", Of::Version),
    ("appointment.move", Of::Version),
    ("conversation.assign", Of::Position),
    ("conversation.resolve", Of::Position),
    ("message.send", Of::Position),
    ("message.edit", Of::Position),
    ("message.delete", Of::Position),
];

impl Precondition {
    /// Nothing has happened in the topic since.
    pub fn at(position: Position) -> Self {
        Precondition { position: Some(position), version: None }
    }

    /// It is still this version.
    pub fn version(version: u32) -> Self {
        Precondition { position: None, version: Some(version) }
    }

    /// Whether an operation can be asked under this condition.
    ///
    /// # Errors
    /// A fault that names `if`.
    pub fn must_suit(&self, operation: &str) -> Result<(), Fault> {
        let of = CONDITIONAL.iter().find(|it| it.0 == operation).map(|it| it.1);
        match (of, self.position, self.version) {
            (Some(Of::Position), Some(_), None) | (Some(Of::Version), None, Some(_)) => Ok(()),
            (Some(Of::Position), ..) => Err(Fault::invalid("if", "A position, and nothing else.")),
            (Some(Of::Version), ..) => Err(Fault::invalid("if", "A version, and nothing else.")),
            (None, ..) => Err(Fault::invalid("if", "This operation has no precondition.")),
        }
    }

    /// Whether it holds for a topic that is there now.
    ///
    /// # Errors
    /// [`FaultCode::Stale`].
    pub fn must_be_at(&self, now: Position) -> Result<(), Fault> {
        holds(self.position.is_none_or(|it| it == now))
    }

    /// Whether it holds for something of this version.
    ///
    /// # Errors
    /// [`FaultCode::Stale`].
    pub fn must_be_version(&self, now: u32) -> Result<(), Fault> {
        holds(self.version.is_none_or(|it| it == now))
    }
}

fn holds(does: bool) -> Result<(), Fault> {
    if does { Ok(()) } else { Err(FaultCode::Stale.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::catalogue::CATALOGUE;
    use crate::protocol::operation::Effect;

    #[test]
    fn conditions_are_for_writes_of_the_catalogue() {
        for (name, _) in CONDITIONAL {
            let row = CATALOGUE.iter().find(|it| it.name == *name);
            assert_eq!(row.map(|it| it.effect), Some(Effect::Write), "{name}");
        }
    }

    #[test]
    fn a_condition_of_another_kind_is_refused() {
        let position = Precondition::at(Position { epoch: 1, offset: 2 });
        let version = Precondition::version(3);
        let both = Precondition { version: Some(3), ..position };
        let neither = Precondition { position: None, version: None };
        for (name, of) in CONDITIONAL {
            let (good, bad) = match of {
                Of::Position => (position, version),
                Of::Version => (version, position),
            };
            assert_eq!(good.must_suit(name), Ok(()), "{name}");
            for it in [bad, both, neither] {
                let fault = it.must_suit(name).unwrap_err();
                assert_eq!(
                    (fault.code, fault.field.as_deref()),
                    (FaultCode::InvalidValue, Some("if"))
                );
            }
        }
        assert!(position.must_suit("me.read").is_err());
    }

    #[test]
    fn it_holds_for_the_same_and_for_nothing_else() {
        let here = Position { epoch: 1, offset: 2 };
        let elsewhere = [Position { epoch: 1, offset: 3 }, Position { epoch: 2, offset: 2 }];
        assert_eq!(Precondition::at(here).must_be_at(here), Ok(()));
        for it in elsewhere {
            assert_eq!(Precondition::at(here).must_be_at(it), Err(FaultCode::Stale.into()));
        }
        assert_eq!(Precondition::version(3).must_be_version(3), Ok(()));
        assert_eq!(Precondition::version(3).must_be_version(4), Err(FaultCode::Stale.into()));
    }
}
