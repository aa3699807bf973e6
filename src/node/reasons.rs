//! What an appointment is about is sealed by the patient's key before it is kept, and so is what somebody pays for.
//!
//! Does not: know who may read it, or open it where appointments are read (`records::OpensSaid`).

use crate::domain::visit::Visit;
use crate::node::Node;
use crate::node::practice::unread;
use crate::protocol::fault::Fault;
use crate::protocol::ids::{PaymentId, PersonId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::store::payment::PaymentRecord;
use crate::store::said::{Said, SaidOf};
use crate::store::schedule::Kept;

impl Node {
    /// The reason of an appointment that is about to be kept.
    pub(super) async fn sealed_reason(
        &self,
        visit: &Visit,
        now: UnixMillis,
    ) -> Result<Option<String>, Fault> {
        let facts = &visit.facts;
        let Some(text) = &facts.booking.reason else { return Ok(None) };
        let (row, patient) = (facts.appointment_id.0, facts.patient_id);
        let sealed = self.records().seal_said(Said::Appointment, row, patient, text, now).await;
        sealed.map(Some).map_err(unread)
    }

    /// That of a payment.
    pub(super) async fn sealed_for_payment(
        &self,
        id: PaymentId,
        patient: PersonId,
        reason: Option<Phi<String>>,
        now: UnixMillis,
    ) -> Result<Option<Phi<String>>, Fault> {
        let Some(text) = reason else { return Ok(None) };
        let sealed = self.records().seal_said(Said::Payment, id.0, patient, &text, now).await;
        sealed.map(|it| Some(it.into())).map_err(unread)
    }

    /// What somebody said who has paid.
    pub(super) async fn reason_of(
        &self,
        payment: &PaymentRecord,
    ) -> Result<Option<Phi<String>>, Fault> {
        let Some(text) = payment.reason.clone() else { return Ok(None) };
        let said = SaidOf {
            at: Said::Payment,
            row: payment.payment_id.0,
            patient: payment.patient_id,
            text: Kept::of(text.into_exposed()),
        };
        self.records().open_said(said).await.map_err(unread)
    }
}
