//! The courier of this node: which channels the settings open.

use crate::clock::Clock;
use crate::config::Config;
use crate::crypto::Keys;
use crate::notifications::courier::{Courier, Limits, Parts};
use crate::notifications::render::Site;
use crate::notifications::{mail, sms};
use crate::store::Store;
use std::io;
use std::sync::Arc;

/// Starts it; and the address that mails come from. It works until it is dropped.
///
/// # Errors
/// When a setting of a channel cannot be used or its secret cannot be read.
pub(super) fn start(
    config: &Config,
    store: &Arc<dyn Store>,
    keys: &Arc<Keys>,
    clock: &Arc<dyn Clock>,
) -> io::Result<(Courier, String)> {
    let (email, address) = mail::open(&config.mail, &config.data_dir, &config.public_url)?;
    let address = address.to_string();
    let courier = Courier::start(Parts {
        store: Arc::clone(store),
        keys: Arc::clone(keys),
        clock: Arc::clone(clock),
        email: Some(email),
        sms: sms::open(&config.sms)?,
        site: Site { public_url: config.public_url.clone(), address: address.clone() },
        limits: Limits::default(),
    });
    Ok((courier, address))
}
