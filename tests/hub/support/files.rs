//! Files as people send them: made here, uploaded by hand, fetched by their links.

use super::http::{Answer, Request};
use super::people::read;
use super::{Chat, Someone};
use bedside::protocol::conversation::{SendMessage, SentMessage};
use bedside::protocol::fault::Fault;
use bedside::protocol::file::{
    BeginFile, BegunFile, CHUNK_BYTES, FileCard, FileState, FileVariant, LinkFile, ReadFile,
};
use bedside::protocol::ids::{ConversationId, FileId};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use std::io::Cursor;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixListener};

pub(crate) const CHUNK: usize = CHUNK_BYTES as usize;
/// Where a story's files are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Folder,
    Bucket,
}

/// The test file of the antivirus makers, in two halves so that nobody takes this for it.
pub(crate) const EICAR: [&str; 2] =
    ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"];

/// A picture that does not pack well, of so many pixels a side.
pub(crate) fn picture(side: u32, format: ImageFormat) -> Vec<u8> {
    let mut state = 0x9E37_79B9_u32;
    let noisy = RgbImage::from_fn(side, side, |x, y| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [a, b, ..] = state.to_be_bytes();
        Rgb([a, b, u8::try_from((x ^ y) & 0xff).unwrap()])
    });
    let mut out = Cursor::new(Vec::new());
    DynamicImage::from(noisy).write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// The beginning of a PNG that says how large it is, and nothing else.
pub(crate) fn huge_png(side: u32) -> Vec<u8> {
    let mut header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    header.extend_from_slice(&side.to_be_bytes());
    header.extend_from_slice(&side.to_be_bytes());
    header.extend_from_slice(&[8, 2, 0, 0, 0]);
    let crc = !header[12..].iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |it, _| {
            (it >> 1) ^ if it & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    });
    header.extend_from_slice(&crc.to_be_bytes());
    header.extend_from_slice(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    header
}

impl Someone {
    pub(crate) async fn begins(
        &self,
        conversation_id: ConversationId,
        name: &str,
        bytes: usize,
    ) -> Result<BegunFile, Fault> {
        let bytes = u32::try_from(bytes).unwrap();
        let (content_type, overriding) = (None, None);
        let name = name.into();
        self.calls(BeginFile { conversation_id, name, bytes, content_type, overriding }).await
    }

    /// Sends a part of a file.
    pub(crate) async fn patches(
        &self,
        id: FileId,
        offset: usize,
        is_complete: bool,
        bytes: &[u8],
    ) -> Answer {
        let mut request = self.part(id, offset, is_complete);
        request.body = bytes.to_vec();
        request.send(self.hub).await
    }

    fn part(&self, id: FileId, offset: usize, is_complete: bool) -> Request {
        let request = Request::new("PATCH", &format!("/v1/files/{id}/content"))
            .with("content-type", "application/partial-upload")
            .with("upload-offset", &offset.to_string())
            .with("upload-complete", if is_complete { "?1" } else { "?0" });
        self.signed(request)
    }

    /// Sends a part of a file, of which the network lets only so much through.
    pub(crate) async fn patches_and_is_cut_off(&self, id: FileId, bytes: &[u8], through: usize) {
        let request = self.part(id, 0, true);
        let mut stream = TcpStream::connect(self.hub).await.expect("the hub listens");
        let mut head = format!(
            "PATCH {} HTTP/1.1\r\nhost: clinic.test\r\ncontent-length: {}\r\n",
            request.path,
            bytes.len()
        );
        for (name, value) in &request.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).await.expect("sent");
        stream.write_all(&bytes[..through]).await.expect("sent");
        stream.shutdown().await.expect("cut off");
        let mut rest = vec![];
        let _gone = stream.read_to_end(&mut rest).await;
    }

    /// How an upload stands.
    pub(crate) async fn asks_offset(&self, id: FileId) -> Answer {
        let request = Request::new("HEAD", &format!("/v1/files/{id}/content"));
        self.signed(request).send(self.hub).await
    }

    /// A whole file in one piece.
    pub(crate) async fn uploads(
        &self,
        conversation_id: ConversationId,
        name: &str,
        bytes: &[u8],
    ) -> FileCard {
        let begun = self.begins(conversation_id, name, bytes.len()).await.expect("may upload");
        let answer = self.patches(begun.file_id, 0, true, bytes).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        read(&answer).expect("a file")
    }

    pub(crate) async fn reads_file(&self, file_id: FileId) -> Result<FileCard, Fault> {
        self.calls(ReadFile { file_id }).await
    }

    /// The path of a link.
    pub(crate) async fn links(&self, id: FileId, variant: FileVariant) -> Result<String, Fault> {
        let link = self.calls(LinkFile { file_id: id, variant }).await?;
        Ok(link.url.into_exposed())
    }

    /// What a browser would get, which sends no token with a picture.
    pub(crate) async fn fetches(&self, path: &str) -> Answer {
        Request::new("GET", path).send(self.hub).await
    }

    /// A link, fetched.
    pub(crate) async fn downloads(&self, id: FileId, variant: FileVariant) -> Answer {
        let path = self.links(id, variant).await.expect("may fetch");
        self.fetches(&path).await
    }
}

impl Chat {
    /// Sends files with a text.
    pub(crate) async fn sends(
        &mut self,
        text: &str,
        files: &[FileId],
    ) -> Result<SentMessage, Fault> {
        let op = SendMessage { files: files.to_vec(), ..self.message(text) };
        self.socket.calls(op).await
    }

    /// The files of the last message.
    pub(crate) fn files(&self) -> Vec<FileCard> {
        self.messages().last().map(|it| it.files.clone()).unwrap_or_default()
    }

    pub(crate) async fn sees_file(&mut self, id: FileId, state: FileState) {
        let what = format!("a file that is {state:?}");
        let is_it = |it: &FileCard| it.file_id == id && it.state == state;
        self.sees(&what, |it| it.messages().iter().any(|it| it.files.iter().any(is_it))).await;
    }
}

/// A stand-in for clamd: speaks its protocol, knows one virus. Ends with the story's runtime.
pub(crate) fn clamd_at(path: &std::path::Path) {
    slow_clamd_at(path, async || {});
}

/// The same, and before each answer something happens.
pub(crate) fn slow_clamd_at(path: &std::path::Path, meanwhile: impl AsyncFn() + 'static) {
    let listener = UnixListener::bind(path).expect("a socket");
    actix_rt::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut command = [0; 10];
            socket.read_exact(&mut command).await.expect("a command");
            assert_eq!(&command, b"zINSTREAM\0");
            let mut whole = vec![];
            loop {
                let length = socket.read_u32().await.expect("a length");
                if length == 0 {
                    break;
                }
                let mut piece = vec![0; usize::try_from(length).unwrap()];
                socket.read_exact(&mut piece).await.expect("a piece");
                whole.extend_from_slice(&piece);
            }
            meanwhile().await;
            let virus = EICAR.concat();
            let found = whole.windows(virus.len()).any(|it| it == virus.as_bytes());
            let answer = if found { "stream: Eicar-Signature FOUND\0" } else { "stream: OK\0" };
            let _gone = socket.write_all(answer.as_bytes()).await;
        }
    });
}
