//! A node as HTTP sees it.

use crate::actors::session::Door;
use crate::actors::{outlet, sink};
use crate::command::{Caller, Refusal, Refused};
use crate::config::Config;
use crate::http::Site;
use crate::node::{Node, contact, door};
use crate::protocol::file::FileVariant;
use crate::protocol::ids::FileId;
use crate::protocol::phi::Phi;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl Site for Node {
    fn config(&self) -> &Config {
        &self.config
    }

    fn authenticate(&self, token: Phi<String>) -> BoxFuture<'_, Result<Caller, Refusal>> {
        self.verify(token).boxed()
    }

    fn refused(&self, refused: Refused) -> BoxFuture<'_, ()> {
        self.record_refusal(refused).boxed()
    }

    fn link(
        self: Arc<Self>,
        id: FileId,
        variant: FileVariant,
        token: String,
    ) -> BoxFuture<'static, Option<Caller>> {
        async move { self.link_of(id, variant, &token).await }.boxed()
    }

    fn door(self: Arc<Self>) -> Arc<dyn Door> {
        Arc::new(door::DoorOf(self))
    }

    fn jwks(&self) -> Value {
        self.tokens.jwks(self.clock.now())
    }

    fn metrics(&self) -> String {
        let waiting = u32::try_from(sink::all_waiting()).unwrap_or(u32::MAX);
        metrics::gauge!("bedside_waiting_bytes").set(f64::from(waiting));
        metrics::counter!("bedside_straight_publications_total").absolute(outlet::all_straight());
        self.metrics.render()
    }

    fn security_contact(&self) -> Option<String> {
        contact::text(&self.config, self.clock.now())
    }

    fn readiness(&self) -> BoxFuture<'static, Vec<(&'static str, bool)>> {
        let store = Arc::clone(&self.store);
        let media = self.workers.health().iter().all(|it| it.is_alive);
        let serving = !self.is_draining.load(Ordering::SeqCst);
        async move {
            let database = store.ready().await.is_ok();
            vec![("serving", serving), ("database", database), ("media", media)]
        }
        .boxed()
    }

    fn helpers(&self) -> Vec<(&'static str, bool)> {
        let redis = self.redis.iter().map(|it| ("redis", it.is_here()));
        let own = [("files", self.files.are_here()), ("audit", self.audit.is_good())];
        redis.chain(own).collect()
    }

    fn sandbox_page(&self, provider_ref: &str) -> Option<String> {
        self.payments.as_ref()?.sandbox.as_ref()?.page(provider_ref)
    }

    fn sandbox_choose(&self, provider_ref: &str, choice: &str) -> Option<String> {
        self.payments.as_ref()?.sandbox.as_ref()?.choose(provider_ref, choice)
    }

    fn payment_message(
        self: Arc<Self>,
        body: Vec<u8>,
        signature: String,
    ) -> BoxFuture<'static, bool> {
        async move { self.provider_says(&body, &signature).await }.boxed()
    }

    fn kill_media_worker(&self, worker: usize) -> bool {
        self.workers.kill(worker)
    }
}
