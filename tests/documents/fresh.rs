//! Compares what is committed with what the types say now.

use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// The documents of one run; remembers which of them were stale.
#[derive(Default)]
pub(crate) struct Documents {
    stale: Vec<String>,
}

impl Documents {
    /// A JSON document, with two spaces of indentation and a newline at its end.
    pub(crate) fn json(&mut self, name: &str, content: &Value) {
        self.text(name, &format!("{}\n", serde_json::to_string_pretty(content).unwrap()));
    }

    /// A document that is generated as a whole.
    pub(crate) fn text(&mut self, name: &str, content: &str) {
        let path = path_of(name);
        if fs::read_to_string(&path).is_ok_and(|it| it == content) {
            return;
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        self.stale.push(name.to_owned());
    }

    /// A document written by hand that has generated sections, each between `<!-- begin: name -->` and `<!-- end -->`.
    pub(crate) fn sections(&mut self, name: &str, sections: &[(&str, String)]) {
        let mut text = fs::read_to_string(path_of(name)).expect("the hand-written part exists");
        for (section, content) in sections {
            text = replace_section(&text, section, content);
        }
        self.text(name, &text);
    }

    /// Fails when something was stale. It has been written by now: look at it and commit it.
    pub(crate) fn assert_fresh(self) {
        assert!(self.stale.is_empty(), "rewritten, look and commit: {:?}", self.stale);
    }
}

fn replace_section(text: &str, section: &str, content: &str) -> String {
    let begin = format!("<!-- begin: {section} -->\n");
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("no {begin}"));
    let (_, after) = rest.split_once("<!-- end -->").expect("a section that began ends");
    format!("{before}{begin}\n{}\n\n<!-- end -->{after}", content.trim())
}

fn path_of(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/protocol").join(name)
}

#[test]
fn a_section_is_replaced_and_the_rest_stays() {
    let text = "one\n<!-- begin: t -->\nold\n<!-- end -->\ntwo\n";
    let expected = "one\n<!-- begin: t -->\n\nnew\n\n<!-- end -->\ntwo\n";
    assert_eq!(replace_section(text, "t", "new\n"), expected);
    assert_eq!(replace_section(expected, "t", "new"), expected);
}
