//! Patients who make an account for themselves.
//!
//! Invariant: that an address has an account is told so often to one network, and then once a minute: whoever registers is signed in at
//! once, so it cannot be hidden from one who asks, but from one who asks for many. What is registered or mistyped costs nothing.

use crate::command::limits::network;
use crate::command::{Call, Execute};
use crate::domain::identity::OF_SOURCE;
use crate::node::Node;
use crate::node::people::Chosen;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::OrganisationId;
use crate::protocol::person::{CreatePerson, Person, Role};
use crate::protocol::practice::RegisterPatient;
use crate::store::sign_ins::Try;

impl Execute<RegisterPatient> for Node {
    async fn execute(&self, call: Call, op: RegisterPatient) -> Result<Person, Fault> {
        // Counted before it is looked at, so that many at once are no more than the rule lets.
        let key = self.try_key("register", &network(call.address).to_string());
        self.may_try(&[Try { key: key.clone(), rule: OF_SOURCE }], call.now).await?;
        let person = CreatePerson {
            display_name: op.display_name,
            email: op.email,
            password: Some(op.password),
            role: Role::Patient,
            time_zone: op.time_zone,
            home_region: op.home_region,
        };
        let made = self.register_in(&call, op.organisation, person).await;
        let is_told = made.as_ref().is_err_and(|it| it.code == FaultCode::EmailTaken);
        if !is_told && self.store.forgive(&[], &[key]).await.is_err() {
            // What was made is made; one try too many is counted.
            tracing::warn!("a try to register was not given back");
        }
        made
    }
}

impl Node {
    async fn register_in(
        &self,
        call: &Call,
        slug: Option<String>,
        person: CreatePerson,
    ) -> Result<Person, Fault> {
        let of = match slug {
            None => OrganisationId::FIRST,
            Some(slug) => {
                let unknown = || Fault::invalid("organisation", "An organisation's short name.");
                self.house_called(&slug).await?.ok_or_else(unknown)?
            }
        };
        call.is_of(of);
        self.make_person(call, of, person, Chosen::ByOwner).await
    }
}
