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
use serde_json::{Map, Value};
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

    /// Posts an operation; fields that its path names go into the path.
    pub(super) async fn post<O: Operation>(
        &self,
        token: Option<&Phi<String>>,
        op: &O,
    ) -> Result<O::Output> {
        let row = CATALOGUE.iter().find(|row| row.name == O::NAME);
        let (mut path, mut left) =
            (row.map(|row| row.path).unwrap_or_default().to_owned(), Map::new());
        if let Value::Object(fields) = serde_json::to_value(op)? {
            for (name, value) in fields {
                let place = format!("{{{name}}}");
                match value.as_str().filter(|_| path.contains(&place)) {
                    Some(text) => path = path.replace(&place, text),
                    None => drop(left.insert(name, value)),
                }
            }
        }
        let body = serde_json::to_vec(&left)?;
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
        let (clinician_id, clinician) = person(&rest, &admin, Role::Clinician).await?;
        let (patient_id, patient) = person(&rest, &admin, Role::Patient).await?;
        let now = SystemClock.now();
        let op = PlaceAppointment {
            patient_id,
            clinician_id,
            starts_at: now,
            ends_at: now.plus(LENGTH),
            time_zone: ZONE.to_owned(),
            patient_may_invite: false,
        };
        let visit = rest.post(Some(&admin), &op).await?;
        Ok(Clinic { rest, clinician, patient, visit })
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

async fn person(rest: &Rest, admin: &Phi<String>, role: Role) -> Result<(PersonId, Phi<String>)> {
    let (email, password) = (format!("{}@bench.invalid", role.as_str()), new_token()?);
    let op = CreatePerson {
        display_name: format!("Bench {}", role.as_str()).into(),
        email: email.clone().into(),
        password: password.clone(),
        role,
        time_zone: ZONE.to_owned(),
    };
    let person = rest.post(Some(admin), &op).await?;
    Ok((person.person_id, sign_in(rest, &email, &password).await?))
}

async fn sign_in(rest: &Rest, email: &str, password: &Phi<String>) -> Result<Phi<String>> {
    let op = SignIn { email: email.into(), password: password.clone() };
    Ok(rest.post(None, &op).await?.access_token)
}
