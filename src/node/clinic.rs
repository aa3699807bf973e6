//! What the clinic offers and who offers it, as this node last read it.
//!
//! Owns: one copy of services and practitioners of each organisation in memory. Invariants: a write of this node forgets it; a write of
//! another node is seen after [`GOOD_FOR`]. Nothing is booked by it alone: whoever offers a service no more refuses.

use crate::command::unsaved;
use crate::domain::schedule::Service;
use crate::node::Node;
use crate::protocol::fault::{Fault, FaultCode};
use crate::protocol::ids::{OrganisationId, PersonId, ServiceId};
use crate::protocol::time::UnixMillis;
use crate::store::schedule::PractitionerRecord;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// How long a copy serves. Services change a few times a year, and half a minute later is soon.
const GOOD_FOR: Duration = Duration::from_secs(30);

/// Services and practitioners at one moment.
#[derive(Debug)]
pub(super) struct Clinic {
    pub(super) services: Vec<Service>,
    pub(super) practitioners: Vec<PractitionerRecord>,
    read_at: UnixMillis,
}

impl Clinic {
    pub(super) fn service(&self, id: ServiceId) -> Option<&Service> {
        self.services.iter().find(|it| it.service_id == id)
    }

    pub(super) fn practitioner(&self, id: PersonId) -> Option<&PractitionerRecord> {
        self.practitioners.iter().find(|it| it.person_id == id)
    }
}

/// The copy.
#[derive(Debug, Default)]
pub(super) struct ClinicMemory(RwLock<HashMap<OrganisationId, Arc<Clinic>>>);

impl ClinicMemory {
    /// Something was written.
    pub(super) fn forget(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn get(&self, of: OrganisationId, now: UnixMillis) -> Option<Arc<Clinic>> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        kept.get(&of).cloned().filter(|it| now.since(it.read_at) < GOOD_FOR)
    }
}

impl Node {
    /// Services and practitioners of an organisation.
    pub(super) async fn clinic(
        &self,
        of: OrganisationId,
        now: UnixMillis,
    ) -> Result<Arc<Clinic>, Fault> {
        if let Some(kept) = self.clinic_memory.get(of, now) {
            return Ok(kept);
        }
        let services = self.store.services(of).await.map_err(unsaved)?;
        let practitioners = self.store.practitioners(of).await.map_err(unsaved)?;
        let read = Arc::new(Clinic { services, practitioners, read_at: now });
        let mut kept = self.clinic_memory.0.write().unwrap_or_else(PoisonError::into_inner);
        kept.insert(of, Arc::clone(&read));
        Ok(read)
    }

    /// A service of an organisation that can be booked.
    pub(super) async fn bookable(
        &self,
        of: OrganisationId,
        id: ServiceId,
        now: UnixMillis,
    ) -> Result<Service, Fault> {
        let clinic = self.clinic(of, now).await?;
        clinic.service(id).cloned().ok_or_else(|| FaultCode::NotFound.into())
    }
}
