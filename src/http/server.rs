//! The server: connections, their bounds, and who gets them.
//!
//! `actix_web::HttpServer` has no place for an upgrade service, so this is what it does, for a plain listener and one of
//! TLS, and with that service (docs/adr/0005). Where there is one of TLS, the plain one carries no call and no socket ([`plain`]).

use crate::config::Config;
use crate::http::headers::{self, Secure};
use crate::http::upgraded::Connection;
use crate::http::{Site, plain, routes, upgraded, ws};
use actix_http::body::BoxBody;
use actix_http::{HttpServiceBuilder, Request, Response, TlsAcceptorConfig};
use actix_service::{
    ServiceFactory, ServiceFactoryExt as _, boxed::BoxServiceFactory, fn_factory, fn_service,
    map_config,
};
use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::{AppConfig, Server};
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::web::ServiceConfig;
use actix_web::{App, Error};
use std::net::{SocketAddr, TcpListener};
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
/// Time that a client may take for the handshake of TLS.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(5);
/// Time that open requests get when the server stops, after the time in which sockets move.
const SHUTDOWN_WITHIN_S: u64 = 5;

/// Where connections come.
#[derive(Debug)]
pub struct Listeners {
    plain: TcpListener,
    tls: Option<(TcpListener, rustls::ServerConfig)>,
}

impl Listeners {
    /// Where the settings say: plain, and TLS when there is something to speak it by.
    ///
    /// # Errors
    /// When an address cannot be had; names it.
    pub fn open(config: &Config, tls: Option<rustls::ServerConfig>) -> std::io::Result<Self> {
        let plain = listen(config.listen, config.reuse_port)?;
        let tls = match tls {
            Some(it) => Some((listen(config.tls.listen, config.reuse_port)?, it)),
            None => None,
        };
        Ok(Listeners { plain, tls })
    }
}

impl From<TcpListener> for Listeners {
    fn from(plain: TcpListener) -> Self {
        Listeners { plain, tls: None }
    }
}

impl From<(TcpListener, TcpListener, rustls::ServerConfig)> for Listeners {
    fn from((plain, secure, tls): (TcpListener, TcpListener, rustls::ServerConfig)) -> Self {
        Listeners { plain, tls: Some((secure, tls)) }
    }
}

fn listen(address: SocketAddr, reuse_port: bool) -> std::io::Result<TcpListener> {
    use socket2::{Domain, Protocol, Socket, Type};
    let open = || {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        socket.set_reuse_port(reuse_port)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok(socket.into())
    };
    open().map_err(|error: std::io::Error| {
        std::io::Error::other(format!("cannot listen on {address} ({error})"))
    })
}

/// Answers requests, whatever the types of its parts. In a box, so that a connection keeps a pointer where it would
/// keep room for the largest of all answers.
type Answers = BoxServiceFactory<(), Request, Response<BoxBody>, Response<BoxBody>, ()>;

/// Serves `site` on `listeners` until it is stopped.
///
/// # Errors
/// When a listener cannot be used.
pub fn serve<S: Site>(site: Arc<S>, listeners: impl Into<Listeners>) -> std::io::Result<Server> {
    let Listeners { plain, tls } = listeners.into();
    let (threads, drain_ms) = (site.config().threads, site.config().drain_ms);
    let builder = Server::build()
        .workers(threads)
        .max_concurrent_connections(MAX_CONNECTIONS)
        .shutdown_timeout(SHUTDOWN_WITHIN_S.saturating_add(u64::from(drain_ms).div_ceil(1_000)))
        .disable_signals();
    let signal = builder.graceful_shutdown_signal();
    let stopping = move || {
        let signal = signal.clone();
        async move { signal.notified().await }
    };
    let unread = Duration::from_millis(site.config().unread_ms.into());
    let Some((secure, tls)) = tls else {
        let server = builder.listen("http", plain, move || {
            http(stopping.clone(), move |it: &TcpStream| bound_unread(it, unread))
                .upgrade(upgrades(answers(&site)))
                .finish(answers(&site))
                .tcp()
        })?;
        return Ok(server.run());
    };
    let (elsewhere, still) = (Arc::clone(&site), stopping.clone());
    let server = builder
        .listen("http", plain, move || {
            http(still.clone(), move |it: &TcpStream| bound_unread(it, unread))
                .finish(plain_answers(&elsewhere))
                .tcp()
        })?
        .listen("https", secure, move || {
            let handshake = TlsAcceptorConfig::default().handshake_timeout(HANDSHAKE_WITHIN);
            let watch = move |it: &TlsStream<TcpStream>| bound_unread(it.get_ref().0, unread);
            http(stopping.clone(), watch)
                .upgrade(upgrades(answers(&site)))
                .finish(answers(&site))
                .rustls_0_23_with_config(tls.clone(), handshake)
                .map_err(|_| metrics::counter!("bedside_tls_lost_total").increment(1))
        })?;
    Ok(server.run())
}

/// What every connection is bound by.
fn http<C: Connection, F: Future<Output = ()> + 'static>(
    is_stopping: impl Fn() -> F + 'static,
    on_connect: impl Fn(&C) + 'static,
) -> HttpServiceBuilder<C, Answers> {
    HttpServiceBuilder::default()
        .client_request_timeout(CLIENT_REQUEST_WITHIN)
        .client_disconnect_timeout(CLIENT_END_WITHIN)
        .keep_alive(Duration::from_secs(75))
        .on_connect_ext(move |connection: &C, _| on_connect(connection))
        .graceful_shutdown_signal(is_stopping)
}

/// All routes, as one thing that answers requests.
fn answers<S: Site>(site: &Arc<S>) -> Answers {
    boxed(Secure::of(site.config()), |it| routes(it, site))
}

/// What the plain listener says when there is one of TLS.
fn plain_answers<S: Site>(site: &Arc<S>) -> Answers {
    boxed(Secure::never(), |it| plain::mount(it, site))
}

fn boxed(secure: Secure, routes: impl FnOnce(&mut ServiceConfig)) -> Answers {
    let app = App::new()
        .wrap(from_fn(move |request, next| headers::add(secure.clone(), request, next)))
        .wrap(actix_web::middleware::Compress::default())
        .configure(routes);
    let app = map_config(app, |()| AppConfig::default());
    actix_service::boxed::factory(
        app.map(|it| Response::from(it).map_into_boxed_body())
            .map_err(|error: Error| error.error_response().into()),
    )
}

/// Connections whose requests asked for an upgrade.
fn upgrades<C: Connection>(
    answers: Answers,
) -> impl ServiceFactory<
    (Request, actix_codec::Framed<C, actix_http::h1::Codec>),
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
