//! People and appointments of a benchmark, made through REST as an administrator's portal makes them.

use crate::bench::hub::{ADMIN, Hub};
use crate::clock::{Clock as _, SystemClock};
use crate::crypto::new_token;
use crate::protocol::all::*;
use crate::protocol::catalogue::CATALOGUE;
use crate::protocol::fault::Fault;
use crate::protocol::ids::PersonId;
use crate::protocol::operation::Operation;
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use serde_json::Value;
use std::io::{Error, Result};
use std::time::Duration;

const ZONE: &str = "Europe/Berlin";
/// Longer than any benchmark.
const LENGTH: Duration = Duration::from_secs(2 * 60 * 60);

/// REST, by the catalogue.
pub(super) struct Rest {
    client: reqwest::Client,
    url: String,
}

impl Rest {
    /// Of a hub.
    pub(super) fn of(hub: &Hub) -> Self {
        Rest { client: reqwest::Client::new(), url: hub.url() }
    }

    /// Posts an operation.
    pub(super) async fn post<O: Operation>(
        &self,
        token: Option<&Phi<String>>,
        op: &O,
    ) -> Result<O::Output> {
        let row = CATALOGUE.iter().find(|row| row.name == O::NAME);
        let mut params = serde_json::to_value(op)?;
        let path = fill(row.map(|row| row.path).unwrap_or_default(), &mut params);
        let body = serde_json::to_vec(&params)?;
        let mut request = self.client.post(format!("{}{path}", self.url)).body(body);
        request = request.header(reqwest::header::CONTENT_TYPE, "application/json");
        if let Some(token) = token {
            request = request.bearer_auth(token.expose());
        }
        let response = request.send().await.map_err(Error::other)?;
        let is_good = response.status().is_success();
        let body = response.bytes().await.map_err(Error::other)?;
        if !is_good {
            let fault: Fault = serde_json::from_slice(&body)?;
            return Err(Error::other(format!("{}: {}", O::NAME, fault.code.as_str())));
        }
        Ok(serde_json::from_slice(&body)?)
    }
}

/// A path with its fields, which are taken out of the params: what stands in both is refused.
fn fill(pattern: &str, params: &mut Value) -> String {
    let mut part = |part: &str| {
        let name = part.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
        let Some(name) = name else { return part.to_owned() };
        let field = params.as_object_mut().and_then(|it| it.remove(name));
        field.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    pattern.split('/').map(&mut part).collect::<Vec<_>>().join("/")
}

/// One clinician, one patient, one visit of theirs that is open now.
pub(super) struct Clinic {
    /// The way to the hub.
    pub(super) rest: Rest,
    /// Access token of the clinician's account.
    pub(super) clinician: Phi<String>,
    /// Access token of the patient's account.
    pub(super) patient: Phi<String>,
    /// The visit.
    pub(super) visit: AppointmentCard,
}

impl Clinic {
    /// Makes it.
    pub(super) async fn open(hub: &Hub) -> Result<Self> {
        let rest = Rest::of(hub);
        let admin = sign_in(&rest, ADMIN, &hub.passphrase).await?;
        let (clinician_id, clinician) = person(&rest, &admin, Role::Clinician, "1").await?;
        let (patient_id, patient) = person(&rest, &admin, Role::Patient, "1").await?;
        let op = appointment(patient_id, clinician_id, SystemClock.now());
        let visit = rest.post(Some(&admin), &op).await?;
        Ok(Clinic { rest, clinician, patient, visit })
    }

    /// Another patient of the clinician, who has an appointment after that one; their access token.
    pub(super) async fn another_patient(&self, hub: &Hub) -> Result<Phi<String>> {
        let admin = sign_in(&self.rest, ADMIN, &hub.passphrase).await?;
        let (patient_id, patient) = person(&self.rest, &admin, Role::Patient, "2").await?;
        let starts_at = self.visit.starts_at.plus(LENGTH).plus(LENGTH);
        let op = appointment(patient_id, self.visit.clinician.person_id, starts_at);
        self.rest.post(Some(&admin), &op).await?;
        Ok(patient)
    }

    /// A link for whoever holds this access token.
    pub(super) async fn link(&self, token: &Phi<String>) -> Result<JoinToken> {
        let op =
            CreateJoinToken { appointment_id: self.visit.appointment_id, participant_id: None };
        self.rest.post(Some(token), &op).await
    }

    /// Exchanges a link.
    pub(super) async fn session(&self, link: JoinToken) -> Result<VideoSession> {
        self.rest.post(None, &CreateVideoSession { join_token: link.join_token }).await
    }
}

fn appointment(
    patient_id: PersonId,
    clinician_id: PersonId,
    starts_at: UnixMillis,
) -> PlaceAppointment {
    PlaceAppointment {
        patient_id,
        clinician_id,
        starts_at,
        ends_at: starts_at.plus(LENGTH),
        time_zone: ZONE.to_owned(),
        patient_may_invite: false,
    }
}

async fn person(
    rest: &Rest,
    admin: &Phi<String>,
    role: Role,
    number: &str,
) -> Result<(PersonId, Phi<String>)> {
    let (email, password) = (format!("{}.{number}@bench.invalid", role.as_str()), new_token()?);
    let op = CreatePerson {
        home_region: None,
        display_name: format!("Bench {}", role.as_str()).into(),
        email: email.clone().into(),
        password: Some(password.clone()),
        role,
        time_zone: ZONE.to_owned(),
    };
    let person = rest.post(Some(admin), &op).await?;
    Ok((person.person_id, sign_in(rest, &email, &password).await?))
}

async fn sign_in(rest: &Rest, email: &str, password: &Phi<String>) -> Result<Phi<String>> {
    let op = SignIn { email: email.into(), password: password.clone(), devices: vec![] };
    let opened = rest.post(None, &op).await?.opened();
    let asked = |_| std::io::Error::other("the hub of a benchmark asks for no second factor");
    opened.map(|it| it.access_token).map_err(asked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_of_the_path_stand_in_the_path_alone() {
        let mut params = json!({ "clinician_id": "c", "time_zone": ZONE });
        assert_eq!(
            fill("/v1/schedules/{clinician_id}/appointments", &mut params),
            "/v1/schedules/c/appointments"
        );
        assert_eq!(params, json!({ "time_zone": ZONE }));
        assert_eq!(fill("/v1/auth/sign-in", &mut params), "/v1/auth/sign-in");
    }
}
