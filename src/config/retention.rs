//! Settings of what is not kept for ever.

use serde::{Deserialize, Serialize};

/// `[retention]`. What has no number of days is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Days after which a conversation of a visit cannot be read any more: after the last message, and after the visit.
    pub visit_conversation_days: Option<u32>,
    /// Days after the last message after which a conversation between visits cannot be read any more.
    pub care_conversation_days: Option<u32>,
    /// Days after the last appointment before which nobody is erased, because the law wants the record kept.
    pub record_days: Option<u32>,
}

impl Retention {
    pub(super) fn mistakes(&self) -> Vec<&'static str> {
        let is_good = |it: Option<u32>| it.is_none_or(|days| (1..=36_500).contains(&days));
        let rules = [
            (self.visit_conversation_days, "retention.visit_conversation_days: 1 to 36500"),
            (self.care_conversation_days, "retention.care_conversation_days: 1 to 36500"),
            (self.record_days, "retention.record_days: 1 to 36500"),
        ];
        rules.into_iter().filter(|(days, _)| !is_good(*days)).map(|(_, wrong)| wrong).collect()
    }
}
