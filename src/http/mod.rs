//! HTTP: the generic REST of the catalogue, cookies, the WebSocket upgrade, health, metrics, and the portals.
//!
//! Invariants: contains no rule about medicine; every operation goes through `command::call`; whatever fails answers a
//! [`Fault`] as JSON; every response carries the security headers of [`headers`].
//! Does not: know the node; it is generic over [`Site`].

mod answer;
mod caller;
mod cookies;
mod files;
mod headers;
mod pay;
mod portals;
mod rest;
mod service;
mod ws;

use crate::actors::session::Door;
use crate::command::dispatch::ExecuteAll;
use crate::command::transfer::{FetchFile, ReadOffset, WriteFile};
use crate::command::{Caller, Execute};
use crate::config::Config;
use crate::protocol::fault::Fault;
use crate::protocol::file::FileVariant;
use crate::protocol::ids::FileId;
use crate::protocol::phi::Phi;
use actix_web::{App, HttpServer, dev::Server, web};
use futures::future::BoxFuture;
use serde_json::Value;
use std::any::Any;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

/// Bytes that the kernel keeps for a connection beyond what its client's window takes. Without it they are megabytes,
/// which a client that stopped reading would hold.
const UNSENT_BYTES: u32 = 64 * 1024;
/// Open connections of one worker thread.
const MAX_CONNECTIONS: usize = 16_000;
/// Time that a client may take to send the head of a request.
const CLIENT_REQUEST_WITHIN: Duration = Duration::from_secs(5);
/// Time that open requests get when the server stops.
const SHUTDOWN_WITHIN_S: u64 = 5;

/// What HTTP needs of the node.
pub trait Site:
    ExecuteAll + Execute<WriteFile> + Execute<ReadOffset> + Execute<FetchFile> + 'static
{
    /// Settings.
    fn config(&self) -> &Config;
    /// Whose token it is, and whether the session holds.
    fn authenticate(&self, token: Phi<String>) -> BoxFuture<'static, Result<Caller, Fault>>;
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

/// Serves `site` on `listener` until it is stopped.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve<S: Site>(site: Arc<S>, listener: TcpListener) -> std::io::Result<Server> {
    let threads = site.config().threads;
    let unread = Duration::from_millis(site.config().unread_ms.into());
    let server = HttpServer::new(move || {
        App::new()
            .wrap(headers::middleware(site.config().is_https()))
            .wrap(actix_web::middleware::Compress::default())
            .configure(|it| routes(it, &site))
    })
    .workers(threads)
    .max_connections(MAX_CONNECTIONS)
    .backlog(4_096)
    .client_request_timeout(CLIENT_REQUEST_WITHIN)
    .keep_alive(Duration::from_secs(75))
    .shutdown_timeout(SHUTDOWN_WITHIN_S)
    .disable_signals()
    .on_connect(move |connection, _| bound_unread(connection, unread))
    .listen(listener)?
    .run();
    Ok(server)
}

/// All routes. Also for tests that need no socket.
pub fn routes<S: Site>(config: &mut web::ServiceConfig, site: &Arc<S>) {
    let site = web::Data::from(Arc::clone(site));
    config
        .app_data(site)
        .app_data(web::PayloadConfig::new(crate::protocol::frame::MAX_MESSAGE_BYTES))
        .configure(service::mount::<S>)
        .configure(|it| pay::mount::<S>(it))
        .configure(|it| ws::mount::<S>(it))
        .configure(|it| files::mount::<S>(it, ""))
        .configure(|it| rest::mount::<S>(it, ""))
        .configure(|it| cookies::mount::<S>(it, ""))
        .configure(|it| files::mount::<S>(it, "/api"))
        .configure(|it| rest::mount::<S>(it, "/api"))
        .configure(|it| cookies::mount::<S>(it, "/api"))
        .configure(portals::mount);
}

/// Bounds how long and how much a client may leave unread. It is the kernel that ends such a connection: an actor whose
/// client stops reading is not polled any more, so nothing inside the process can (docs/adr/0005).
fn bound_unread(connection: &dyn Any, unread: Duration) {
    let Some(stream) = connection.downcast_ref::<actix_web::rt::net::TcpStream>() else { return };
    let socket = socket2::SockRef::from(stream);
    let is_set = socket.set_tcp_user_timeout(Some(unread)).is_ok()
        && socket.set_tcp_notsent_lowat(UNSENT_BYTES).is_ok()
        && socket.set_tcp_nodelay(true).is_ok();
    if !is_set {
        metrics::counter!("bedside_socket_options_unset_total").increment(1);
    }
}
