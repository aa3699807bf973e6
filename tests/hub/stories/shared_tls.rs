//! Redis over TLS: the hub believes no server that it should not, and says who it is where it is asked.

use crate::support::redis::Redis;
use crate::support::tls::Authority;
use bedside::cache::Redis as Cache;
use bedside::clock::SystemClock;
use bedside::config::Redis as Settings;
use bedside::crypto::Keys;
use rcgen::{CertificateParams, DnType, KeyPair};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// A server that speaks TLS only, and wants to know who comes.
struct Guarded {
    port: u16,
    folder: TempDir,
    ours: Authority,
    running: Child,
}

/// A certificate for that name and its key, in files: of a server, or of whoever comes to one.
fn vouched(by: &Authority, name: &str, folder: &Path) -> [PathBuf; 2] {
    std::fs::create_dir_all(folder).expect("a folder");
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
    // Another name than its authority's, or OpenSSL takes it for its own authority.
    params.distinguished_name.push(DnType::CommonName, name);
    let certificate = params.signed_by(&key, &by.issuer).expect("a certificate");
    [("certificate", certificate.pem()), ("key", key.serialize_pem())].map(|(what, pem)| {
        let path = folder.join(format!("{name}.{what}.pem"));
        std::fs::write(&path, pem).expect("a file");
        path
    })
}

impl Guarded {
    async fn starts() -> Guarded {
        let folder = tempfile::tempdir().expect("a folder");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let ours = Authority::new();
        let [certificate, key] = vouched(&ours, "localhost", folder.path());
        let running = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port", "0"])
            .args(["--tls-auth-clients", "yes", "--tls-port", &port.to_string()])
            .arg("--tls-cert-file")
            .arg(certificate)
            .arg("--tls-key-file")
            .arg(key)
            .arg("--tls-ca-cert-file")
            .arg(ours.file(folder.path()))
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        Guarded { port, folder, ours, running }
    }

    fn is_file(&self, name: &str, by: &Authority) -> PathBuf {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        by.file(&folder)
    }

    /// The settings of a hub that comes with a certificate of that authority.
    fn settings(&self, name: &str, by: &Authority) -> Settings {
        let folder = self.folder.path().join(name);
        let [certificate_file, key_file] = vouched(by, "hub", &folder);
        Settings {
            url: format!("rediss://localhost:{}", self.port),
            ca_file: self.folder.path().join("authority.pem"),
            certificate_file,
            key_file,
            // Test machines are busy.
            deadline_ms: 1_000,
            ..Settings::default()
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let _killed = self.running.kill();
        let _waited = self.running.wait();
    }
}

async fn answers(settings: &Settings) -> bool {
    let keys = Arc::new(Keys::ephemeral().expect("keys"));
    let cache = Cache::open(settings, keys, Arc::new(SystemClock)).expect("settings");
    let cache = cache.expect("it is set");
    cache.look().await;
    cache.is_here()
}

#[actix_rt::test]
async fn a_hub_and_its_redis_believe_each_other_or_do_not_talk() {
    if Redis::of_the_tests().is_none() {
        return;
    }
    let redis = Guarded::starts().await;
    let good = redis.settings("good", &redis.ours);
    let began = std::time::Instant::now();
    while !answers(&good).await {
        assert!(began.elapsed() < Duration::from_secs(20), "it never answers");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let others = Authority::new();
    let nobody =
        Settings { certificate_file: PathBuf::new(), key_file: PathBuf::new(), ..good.clone() };
    let another = redis.settings("another", &others);
    let foreign = Settings { ca_file: redis.is_file("others", &others), ..good.clone() };
    let elsewhere = Settings { url: good.url.replace("localhost", "127.0.0.1"), ..good.clone() };
    let machines = Settings { ca_file: PathBuf::new(), ..good.clone() };
    let clear = Settings {
        url: good.url.replace("rediss", "redis"),
        ca_file: PathBuf::new(),
        certificate_file: PathBuf::new(),
        key_file: PathBuf::new(),
        ..good.clone()
    };
    for (name, settings) in [
        ("a hub that does not say who it is", nobody),
        ("a hub of another authority", another),
        ("a server of another authority", foreign),
        ("a server by another name", elsewhere),
        ("a server whom the machine does not know", machines),
        ("without TLS", clear),
    ] {
        assert!(!answers(&settings).await, "{name}");
    }
    assert!(answers(&good).await);
}

#[actix_rt::test]
async fn certificates_that_cannot_be_read_are_named_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let keys = Arc::new(Keys::ephemeral().expect("keys"));
    let said = |settings: &Settings| {
        let opened = Cache::open(settings, Arc::clone(&keys), Arc::new(SystemClock));
        opened.expect_err("it opened").to_string()
    };
    let bare = Settings { url: "rediss://localhost".to_owned(), ..Settings::default() };
    let missing = folder.path().join("missing");
    let nonsense = folder.path().join("nonsense");
    std::fs::write(&nonsense, "nonsense").expect("a file");
    let at = |path: &Path| path.to_owned();
    let lost = said(&Settings { ca_file: at(&missing), ..bare.clone() });
    assert!(lost.starts_with("redis.ca_file: "), "{lost}");
    let wrong = said(&Settings { ca_file: at(&nonsense), ..bare.clone() });
    assert_eq!(wrong, "redis.ca_file: no PEM");
    let own = Settings { certificate_file: at(&nonsense), key_file: at(&nonsense), ..bare };
    assert_eq!(said(&own), "redis.certificate_file: no PEM");
}
