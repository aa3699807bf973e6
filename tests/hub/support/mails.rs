//! What came by e-mail: into a folder, where no server is configured.

use super::Clinic;
use bedside::protocol::auth::AskReset;
use std::collections::BTreeSet;

impl Clinic {
    /// Mails to an address, as they are read.
    pub(crate) fn mails_to(&self, email: &str) -> Vec<String> {
        let Ok(folder) = std::fs::read_dir(self.data_dir().join("outbox")) else { return vec![] };
        let paths = folder.map(|it| it.expect("a file").path());
        let written = paths.filter(|it| it.extension().is_some_and(|it| it == "eml"));
        let texts = written.map(|it| std::fs::read_to_string(it).expect("a mail"));
        // Lines that were folded on their way.
        let texts = texts.map(|it| it.replace("=\r\n", "").replace("=3D", "="));
        texts.filter(|it| it.contains(&format!("To: {email}"))).collect()
    }

    /// What stands behind `page#` in mails to an address.
    pub(crate) fn tokens_to(&self, email: &str, page: &str) -> BTreeSet<String> {
        let begin = format!("/{page}#");
        let after = |mail: String| {
            let (_, rest) = mail.split_once(&begin)?;
            Some(rest.split_whitespace().next().unwrap_or_default().to_owned())
        };
        self.mails_to(email).into_iter().filter_map(after).collect()
    }

    /// Waits for a link of that page that is in none of these.
    pub(crate) async fn next_token(
        &self,
        email: &str,
        page: &str,
        before: &BTreeSet<String>,
    ) -> String {
        let new = || self.tokens_to(email, page).difference(before).next().cloned();
        self.soon("a mail with a link", async || new().is_some()).await;
        new().expect("a link")
    }

    /// Somebody has forgotten the password of an address, and finds the mail.
    pub(crate) async fn asks_for_link(&self, email: &str) -> String {
        let before = self.tokens_to(email, "reset");
        let ask = AskReset { email: email.into() };
        self.stranger().calls(ask).await.expect("the same for everybody");
        self.next_token(email, "reset", &before).await
    }
}
