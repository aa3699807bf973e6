//! What the real binary says when it cannot start, and what it does when its disk is full. Each hub is a process with a folder of its own.

use crate::support::http::{Answer, Request};
use crate::support::{eventually, in_time};
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::json;
use std::fs;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Bytes of the disk that is filled up.
const DISK: &str = "24m";

fn hub(folder: &Path, program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
        .env("BEDSIDE_DATA_DIR", folder)
        .env("BEDSIDE_MEDIA__LISTEN", "127.0.0.1:0")
        .env("BEDSIDE_LISTEN", "127.0.0.1:0")
        .current_dir(std::env::temp_dir());
    command
}

/// What it says before it ends; it must end.
fn refuses(folder: &Path, settings: &[(&str, &str)]) -> String {
    // One that starts all the same would not end by itself.
    let mut command = hub(folder, "timeout");
    command.args(["60", env!("CARGO_BIN_EXE_bedside"), "serve"]).envs(settings.iter().copied());
    let output = command.output().expect("it runs");
    assert!(![Some(0), Some(124)].contains(&output.status.code()), "it started");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    said.lines().last().unwrap_or_default().to_owned()
}

/// A data folder in which a hub has been.
fn used() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut migrate = hub(folder.path(), env!("CARGO_BIN_EXE_bedside"));
    assert!(migrate.arg("migrate").output().expect("it runs").status.success());
    let mut keys = hub(folder.path(), env!("CARGO_BIN_EXE_bedside"));
    let made = keys.args(["keys", "rotate-tokens"]).output().expect("it runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    folder
}

#[test]
fn a_key_file_that_is_wrong_or_missing_is_named_at_start() {
    let folder = used();
    let keys = folder.path().join("keys");
    for (file, bytes, why) in [
        ("signing-ed25519.pk8", Some("no key"), "signing-ed25519.pk8 cannot be read"),
        ("sealing.key", Some("too short"), "a sealing key has 32 bytes"),
        ("sealing.key", None, "is missing beside the others"),
    ] {
        let path = keys.join(file);
        let before = fs::read(&path).unwrap();
        match bytes {
            Some(bytes) => fs::write(&path, bytes).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let said = refuses(folder.path(), &[]);
        assert!(said.contains(&path.display().to_string()) && said.contains(why), "{said}");
        assert!(bytes.is_some() || !path.exists(), "nothing was made in its place");
        fs::write(&path, before).unwrap();
    }
    let kek = fs::read_dir(keys.join("kek")).unwrap().flatten().map(|it| it.path());
    let kek: Vec<PathBuf> = kek.filter(|it| it.extension().is_some_and(|it| it == "key")).collect();
    fs::rename(&kek[0], keys.join("elsewhere")).unwrap();
    let id = kek[0].file_stem().unwrap().to_string_lossy().into_owned();
    let said = refuses(folder.path(), &[]);
    assert!(said.contains(&id), "{said}");
    fs::rename(keys.join("elsewhere"), &kek[0]).unwrap();
    let (chain, key) = (folder.path().join("no.pem"), folder.path().join("no.key"));
    let tls = [
        ("BEDSIDE_PUBLIC_URL", "https://clinic.test"),
        ("BEDSIDE_TLS__CERTIFICATE", chain.to_str().unwrap()),
        ("BEDSIDE_TLS__KEY", key.to_str().unwrap()),
    ];
    let said = refuses(folder.path(), &tls);
    assert!(said.contains("no.pem"), "{said}");
}

#[test]
fn a_folder_in_which_nothing_can_be_kept_is_named_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for place in [file.as_path(), Path::new("/proc/nowhere")] {
        let said = refuses(place, &[]);
        let expected = format!("nothing can be kept in the folder {}", place.display());
        assert!(said.contains(&expected), "{said}");
    }
    let database = folder.path().join("bedside.sqlite");
    fs::write(&database, [7; 9_000]).unwrap();
    assert!(refuses(folder.path(), &[]).contains("the database cannot be opened"));
    assert_eq!(fs::read(&database).unwrap(), [7; 9_000], "what is no database is left alone");
}

/// What a migration made is there, and it is not written down that it was done. (Indexes alone are made again.)
fn done_by_half(folder: &Path) {
    actix::System::new().block_on(async {
        let url = format!("sqlite:{}", folder.join("bedside.sqlite").display());
        let database = Database::connect(url).await.expect("it opens");
        let text = "DELETE FROM seaql_migrations WHERE version = 'm20261129_000017_organisations'";
        let done = database.execute_unprepared(text).await.expect("it is the hub's");
        assert_eq!(done.rows_affected(), 1);
        database.close().await.expect("closed");
    });
}

#[test]
fn a_migration_that_was_done_by_half_stops_the_start() {
    let folder = used();
    done_by_half(folder.path());
    let said = refuses(folder.path(), &[]);
    assert!(said.contains("migration m20261129_000017_organisations was done by half"), "{said}");
    assert!(said.contains("Nothing was changed"), "{said}");
}

#[test]
fn a_database_of_another_region_stops_the_start() {
    let folder = used();
    let command = |region: Option<&str>| {
        let mut migrate = hub(folder.path(), env!("CARGO_BIN_EXE_bedside"));
        let region = region.map(|it| ("BEDSIDE_RESIDENCY__REGION", it));
        migrate.arg("migrate").envs(region).output().expect("it runs").status.success()
    };
    assert!(command(None) && command(Some("eu-west")), "the first that is named is taken");
    assert!(command(Some("eu-west")), "and stays");
    for (named, said) in [(Some("us-east"), "name us-east"), (None, "name none")] {
        let settings: Vec<_> =
            named.map(|it| ("BEDSIDE_RESIDENCY__REGION", it)).into_iter().collect();
        let told = refuses(folder.path(), &settings);
        assert!(told.contains("the database is of region eu-west"), "{told}");
        assert!(told.contains(said), "{told}");
        assert!(!command(named), "nor does a command at the terminal go on with it");
    }
    done_by_half(folder.path());
    let told = refuses(folder.path(), &[("BEDSIDE_RESIDENCY__REGION", "us-east")]);
    assert!(told.contains("the database is of region eu-west"), "before its schema is: {told}");
    let told = refuses(folder.path(), &[("BEDSIDE_RESIDENCY__REGION", "EU")]);
    assert!(told.contains("residency.region: 1 to 32"), "{told}");
}

fn may_mount() -> bool {
    let may = Command::new("unshare")
        .args(["--mount", "mount", "-t", "tmpfs", "none", "/mnt"])
        .stderr(Stdio::null())
        .status();
    may.is_ok_and(|it| it.success())
}

#[test]
fn a_disk_that_is_full_at_start_is_named() {
    if !may_mount() {
        eprintln!("NOBODY MAY MOUNT HERE: what a full disk does at start was not looked at");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display();
    let script = format!(
        "mount -t tmpfs -o size=64k none {place} && head -c 1M /dev/zero >{place}/filler 2>/dev/null; \
         exec timeout 60 {} serve",
        env!("CARGO_BIN_EXE_bedside")
    );
    let output = hub(folder.path(), "unshare").args(["--mount", "sh", "-c", &script]).output();
    let output = output.expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    let expected = format!("nothing can be kept in the folder {place} (No space left");
    assert!(said.contains(&expected), "{said}");
}

/// A hub whose data folder is a small disk of its own, in a mount namespace that ends with it.
struct OnSmallDisk {
    process: Child,
    address: SocketAddr,
    disk: PathBuf,
    _folder: tempfile::TempDir,
}

impl Drop for OnSmallDisk {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _waited = self.process.wait();
    }
}

impl OnSmallDisk {
    /// None where nobody may mount.
    fn starts() -> Option<OnSmallDisk> {
        if !may_mount() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let script = format!(
            "mount -t tmpfs -o size={DISK} none {0} && exec {1} serve",
            folder.path().display(),
            env!("CARGO_BIN_EXE_bedside")
        );
        let process = hub(folder.path(), "unshare")
            .args(["--mount", "sh", "-c", &script])
            .env("BEDSIDE_LISTEN", address.to_string())
            .stderr(Stdio::null())
            .spawn()
            .expect("it runs");
        // Each of them becomes the next: the number stays.
        let root = PathBuf::from(format!("/proc/{}/root", process.id()));
        let disk = root.join(folder.path().strip_prefix("/").unwrap());
        Some(OnSmallDisk { process, address, disk, _folder: folder })
    }

    /// Not one page is left.
    fn fills_up(&self) {
        let mut file = fs::File::create(self.disk.join("filler")).expect("there is room");
        for size in [65_536, 4_096] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn is_cleared(&self) {
        fs::remove_file(self.disk.join("filler")).expect("it was there");
    }

    async fn registers(&self, name: &str) -> Answer {
        let person = json!({"display_name": name, "email": format!("{name}@story.invalid"),
            "password": format!("a fictional passphrase of {name}"), "time_zone": "Europe/Berlin"});
        let request = Request::new("POST", "/v1/people/register").json(&person);
        request.with("idempotency-key", name).send(self.address).await
    }

    async fn signs_in(&self, name: &str) -> Answer {
        let body = json!({"email": format!("{name}@story.invalid"),
            "password": format!("a fictional passphrase of {name}")});
        Request::new("POST", "/v1/auth/login").json(&body).send(self.address).await
    }
}

#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let Some(hub) = OnSmallDisk::starts() else {
        eprintln!("NOBODY MAY MOUNT HERE: what a full disk does was not looked at");
        return;
    };
    actix::System::new().block_on(in_time("the story", async {
        eventually("it serves", async || std::net::TcpStream::connect(hub.address).is_ok()).await;
        assert_eq!(hub.registers("ana").await.status, 201);
        hub.fills_up();
        let mut told = vec![];
        for number in 0..6 {
            let name = format!("bo{number}");
            let answer = hub.registers(&name).await;
            // Now and then it finds room where the log of the database was.
            assert!([201, 503].contains(&answer.status), "{}", answer.text());
            told.push((name, answer.status));
        }
        assert!(told.iter().filter(|it| it.1 == 503).count() > 1, "the disk is full: {told:?}");
        assert_eq!(Request::new("GET", "/healthz").send(hub.address).await.status, 200);

        hub.is_cleared();
        assert_eq!(hub.signs_in("ana").await.status, 200, "she is still there");
        for (name, status) in told {
            // Who was told yes is there, and who was told no comes in by the same call.
            let again = hub.registers(&name).await;
            assert_eq!(again.status, 201, "{name} was told {status}: {}", again.text());
            let signed = hub.signs_in(&name).await;
            assert_eq!(
                signed.status,
                200,
                "{name} was told {status}: {} {}",
                signed.text(),
                again.text()
            );
        }
    }));
}
