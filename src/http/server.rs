//! The server: connections, their bounds, and who gets them.
//!
//! `actix_web::HttpServer` has no place for an upgrade service, so this is what it does, for one plain listener, and
//! with that service (docs/adr/0005).

use crate::config::Config;
use crate::http::{Site, headers, routes, upgraded, ws};
use actix_http::body::BoxBody;
use actix_http::{HttpService, Request, Response};
use actix_service::{
    ServiceFactory, ServiceFactoryExt as _, boxed, fn_factory, fn_service, map_config,
};
use actix_web::dev::{AppConfig, Server};
use actix_web::rt::net::TcpStream;
use actix_web::{App, Error};
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// Bytes that the kernel keeps for a connection beyond what its client's window takes. Without it they are megabytes,
/// which a client that stopped reading would hold.
const UNSENT_BYTES: u32 = 64 * 1024;
/// Connections that the kernel keeps until they are taken.
const BACKLOG: i32 = 4_096;
/// Open connections of one worker thread.
const MAX_CONNECTIONS: usize = 16_000;
/// Time that a client may take to send the head of a request.
const CLIENT_REQUEST_WITHIN: Duration = Duration::from_secs(5);
/// Time that a client may take to end its side after the answer that ends the connection.
const CLIENT_END_WITHIN: Duration = Duration::from_secs(1);
/// Time that open requests get when the server stops, after the time in which sockets move.
const SHUTDOWN_WITHIN_S: u64 = 5;

/// Listens where the settings say.
///
/// # Errors
/// When the address cannot be had.
pub fn listen(config: &Config) -> std::io::Result<TcpListener> {
    use socket2::{Domain, Protocol, Socket, Type};
    let socket =
        Socket::new(Domain::for_address(config.listen), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(config.reuse_port)?;
    socket.bind(&config.listen.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Answers requests, whatever the types of its parts. In a box, so that a connection keeps a pointer where it would
/// keep room for the largest of all answers.
type Answers = boxed::BoxServiceFactory<(), Request, Response<BoxBody>, Response<BoxBody>, ()>;

/// Serves `site` on `listener` until it is stopped.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve<S: Site>(site: Arc<S>, listener: TcpListener) -> std::io::Result<Server> {
    let (threads, drain_ms) = (site.config().threads, site.config().drain_ms);
    let unread = Duration::from_millis(site.config().unread_ms.into());
    let builder = Server::build()
        .workers(threads)
        .max_concurrent_connections(MAX_CONNECTIONS)
        .shutdown_timeout(SHUTDOWN_WITHIN_S.saturating_add(u64::from(drain_ms).div_ceil(1_000)))
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let server = builder.listen("http", listener, move || {
        let stopping = stopping.clone();
        HttpService::build()
            .client_request_timeout(CLIENT_REQUEST_WITHIN)
            .client_disconnect_timeout(CLIENT_END_WITHIN)
            .keep_alive(Duration::from_secs(75))
            .on_connect_ext(move |connection: &TcpStream, _| bound_unread(connection, unread))
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .upgrade(upgrades(answers(&site)))
            .finish(answers(&site))
            .tcp()
    })?;
    Ok(server.run())
}

/// All routes, as one thing that answers requests.
fn answers<S: Site>(site: &Arc<S>) -> Answers {
    let app = App::new()
        .wrap(headers::middleware(site.config().is_https()))
        .wrap(actix_web::middleware::Compress::default())
        .configure(|it| routes(it, site));
    let app = map_config(app, |()| AppConfig::default());
    boxed::factory(
        app.map(|it| Response::from(it).map_into_boxed_body())
            .map_err(|error: Error| error.error_response().into()),
    )
}

/// Connections whose requests asked for an upgrade.
fn upgrades(
    answers: Answers,
) -> impl ServiceFactory<
    (Request, actix_codec::Framed<TcpStream, actix_http::h1::Codec>),
    Config = (),
    Response = (),
    Error = Error,
    InitError = (),
> {
    fn_factory(move || {
        let answers = answers.new_service(());
        async move {
            let answers = Rc::new(answers.await?);
            Ok(fn_service(move |(request, framed): (Request, _)| {
                let is_for_stream = request.path() == ws::PATH;
                let served = upgraded::serve(Rc::clone(&answers), request, framed, is_for_stream);
                let served = Box::pin(served);
                // A socket that fails is the end of it, and no error of ours.
                async move {
                    if served.await.is_err() {
                        metrics::counter!("bedside_upgraded_lost_total").increment(1);
                    }
                    Ok(())
                }
            }))
        }
    })
}

/// Bounds how long and how much a client may leave unread. It is the kernel that ends such a connection: an actor whose
/// client stops reading is not polled any more, so nothing inside the process can (docs/adr/0005).
fn bound_unread(stream: &TcpStream, unread: Duration) {
    let socket = socket2::SockRef::from(stream);
    let is_set = socket.set_tcp_user_timeout(Some(unread)).is_ok()
        && socket.set_tcp_notsent_lowat(UNSENT_BYTES).is_ok()
        && socket.set_tcp_nodelay(true).is_ok();
    if !is_set {
        metrics::counter!("bedside_socket_options_unset_total").increment(1);
    }
}
