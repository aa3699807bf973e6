//! HTTP: the generic REST of the catalogue, cookies, the WebSocket upgrade, health, metrics, and the portals.
//!
//! Invariants: contains no rule about medicine; every operation goes through `command::call`; whatever fails answers a
//! [`Fault`] as JSON; every response carries the security headers of [`headers`].
//! Does not: know the node; it is generic over [`Site`].

mod answer;
mod caller;
mod cookies;
mod federated;
mod files;
mod headers;
mod origin;
mod pay;
mod plain;
mod portals;
mod rest;
mod server;
mod service;
mod upgraded;
mod ws;

pub use server::{Listeners, serve};

use crate::actors::session::Door;
use crate::command::dispatch::ExecuteAll;
use crate::command::federated::{ComeFromProvider, GoToProvider, ProviderLogsOut};
use crate::command::transfer::{FetchFile, ReadOffset, WriteFile};
use crate::command::{Caller, Execute, Refusal, Refused};
use crate::config::Config;
use crate::protocol::file::FileVariant;
use crate::protocol::ids::FileId;
use crate::protocol::phi::Phi;
use actix_web::web;
use futures::future::BoxFuture;
use serde_json::Value;
use std::sync::Arc;

/// What HTTP needs of the node.
pub trait Site:
    ExecuteAll
    + Execute<WriteFile>
    + Execute<ReadOffset>
    + Execute<FetchFile>
    + Execute<GoToProvider>
    + Execute<ComeFromProvider>
    + Execute<ProviderLogsOut>
    + 'static
{
    /// Settings.
    fn config(&self) -> &Config;
    /// Whose token it is, and whether the session holds.
    fn authenticate(&self, token: Phi<String>) -> BoxFuture<'_, Result<Caller, Refusal>>;
    /// Somebody was refused before the door. They are told so all the same when it cannot be recorded.
    fn refused(&self, refused: Refused) -> BoxFuture<'_, ()>;
    /// Whose link to a file it is; nobody's when it is not good.
    fn link(
        self: Arc<Self>,
        id: FileId,
        variant: FileVariant,
        token: String,
    ) -> BoxFuture<'static, Option<Caller>>;
    /// For WebSockets.
    fn door(self: Arc<Self>) -> Arc<dyn Door>;
    /// Public keys of access tokens.
    fn jwks(&self) -> Value;
    /// Whom to tell of a weakness (RFC 9116); nothing when the settings name nobody.
    fn security_contact(&self) -> Option<String>;
    /// Prometheus text.
    fn metrics(&self) -> String;
    /// Parts that are needed, and whether they answer.
    fn readiness(&self) -> BoxFuture<'static, Vec<(&'static str, bool)>>;
    /// Parts that the node does without, and whether they answer.
    fn helpers(&self) -> Vec<(&'static str, bool)>;
    /// The page of a fictional payment; none unless the settings have that provider.
    fn sandbox_page(&self, provider_ref: &str) -> Option<String>;
    /// Somebody chose on it, `approve` or `decline`: where they go back to.
    fn sandbox_choose(&self, provider_ref: &str, choice: &str) -> Option<String>;
    /// A message of the payment provider; whether it is signed.
    fn payment_message(
        self: Arc<Self>,
        body: Vec<u8>,
        signature: String,
    ) -> BoxFuture<'static, bool>;
    /// Kills a media worker; only with drills enabled.
    fn kill_media_worker(&self, worker: usize) -> bool;
}

/// All routes. Also for tests that need no socket.
pub fn routes<S: Site>(config: &mut web::ServiceConfig, site: &Arc<S>) {
    let site = web::Data::from(Arc::clone(site));
    config
        .app_data(site)
        .app_data(web::PayloadConfig::new(crate::protocol::frame::MAX_MESSAGE_BYTES))
        .configure(service::mount::<S>)
        .configure(|it| pay::mount::<S>(it))
        .configure(federated::mount::<S>)
        .configure(|it| ws::mount::<S>(it))
        .configure(|it| files::mount::<S>(it, ""))
        .configure(|it| rest::mount::<S>(it, ""))
        .configure(|it| cookies::mount::<S>(it, ""))
        .configure(|it| federated::mount_rows::<S>(it, ""))
        .configure(|it| files::mount::<S>(it, "/api"))
        .configure(|it| rest::mount::<S>(it, "/api"))
        .configure(|it| cookies::mount::<S>(it, "/api"))
        .configure(|it| federated::mount_rows::<S>(it, "/api"))
        .configure(portals::mount);
}
