//! A pooler between the hub and PostgreSQL that does not pass on what connections say at their start.

use crate::support::Clinic;
use std::path::Path;
use std::process::{Command, Output};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// Codes of first messages that ask whether what follows may be sealed.
const ASKS_TO_SEAL: [u32; 2] = [80_877_103, 80_877_104];

/// What a connection says first, without its length.
async fn first_message(of: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let length = usize::try_from(of.read_u32().await?).expect("a length");
    let mut message = vec![0; length - 4];
    of.read_exact(&mut message).await?;
    Ok(message)
}

/// The same without the option `options`: names and values, each with a zero after it, and one at the end.
fn without_options(message: &[u8]) -> Vec<u8> {
    let (version, said) = message.split_at(4);
    let words: Vec<_> = said.split(|it| *it == 0).collect();
    let mut all = version.to_vec();
    for pair in words.chunks(2).filter(|it| it.len() == 2 && !it[0].is_empty()) {
        if pair[0] != b"options" {
            pair.iter().for_each(|it| all.extend([*it, b"\0"].concat()));
        }
    }
    all.push(0);
    all
}

async fn passes_on(mut client: TcpStream, server: String) -> std::io::Result<()> {
    let mut message = first_message(&mut client).await?;
    while ASKS_TO_SEAL.iter().any(|it| message.starts_with(&it.to_be_bytes())) {
        client.write_all(b"N").await?;
        message = first_message(&mut client).await?;
    }
    let message = without_options(&message);
    let mut server = TcpStream::connect(server).await?;
    server.write_u32(u32::try_from(message.len() + 4).expect("a length")).await?;
    server.write_all(&message).await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

/// The same database behind such a pooler.
async fn behind_a_pooler(url: &str) -> String {
    let (_, rest) = url.rsplit_once('@').expect("an address with a user");
    let (server, _) = rest.split_once('/').expect("an address with a database");
    let server = server.to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let behind = url.replace(&server, &address);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(passes_on(client, server.clone()));
        }
    });
    behind
}

/// A backup into that folder, by the hub's program.
async fn backup(url: &str, folder: &Path) -> Output {
    let (url, folder) = (url.to_owned(), folder.to_owned());
    let made = tokio::task::spawn_blocking(move || {
        Command::new(env!("CARGO_BIN_EXE_bedside"))
            .args(["backup", "a.backup", "--key", "key", "--new-key"])
            .current_dir(&folder)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("BEDSIDE_DATA_DIR", folder.join("data"))
            .env("BEDSIDE_DATABASE_URL", url)
            .output()
    });
    made.await.expect("it ends").expect("it runs")
}

pub(crate) async fn a_backup_is_refused_behind_what_does_not_say_for_whom_it_is(clinic: Clinic) {
    let url = clinic.url.expect("a database");
    for (url, is_made) in [(behind_a_pooler(&url).await, false), (url, true)] {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("data")).expect("a folder");
        let made = backup(&url, folder.path()).await;
        let said = String::from_utf8_lossy(&made.stderr).into_owned();
        assert_eq!(made.status.success(), is_made, "{said}");
        assert_eq!(said.contains("was not told that this is the hub"), !is_made, "{said}");
        assert_eq!(folder.path().join("a.backup").exists(), is_made, "{said}");
    }
}
