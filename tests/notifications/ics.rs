//! A strict reader of calendar files, written from RFC 5545 and independent of what writes them.

use std::collections::BTreeMap;

/// One property: its parameters and its value, unescaped when it is text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Property {
    pub(crate) params: BTreeMap<String, String>,
    pub(crate) value: String,
}

/// A file with one entry.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) method: String,
    pub(crate) event: BTreeMap<String, Property>,
}

impl File {
    pub(crate) fn value(&self, name: &str) -> &str {
        &self.event.get(name).unwrap_or_else(|| panic!("no {name}")).value
    }

    pub(crate) fn sequence(&self) -> u32 {
        self.value("SEQUENCE").parse().expect("a number")
    }
}

const TEXTS: [&str; 9] =
    ["VERSION", "PRODID", "CALSCALE", "METHOD", "SUMMARY", "LOCATION", "UID", "STATUS", "CLASS"];

/// Reads a file, and fails at whatever the RFC does not allow.
pub(crate) fn read(text: &str) -> File {
    let lines = unfolded(text);
    let mut lines = lines.iter().map(|it| property(it)).peekable();
    let mut next = || lines.next().expect("an end");
    let is = |(name, it): &(String, Property), wanted: (&str, &str)| {
        (name.as_str(), it.value.as_str()) == wanted
    };
    assert!(is(&next(), ("BEGIN", "VCALENDAR")), "§3.4");
    let mut calendar = BTreeMap::new();
    let mut event = BTreeMap::new();
    loop {
        let (name, it) = next();
        if (name.as_str(), it.value.as_str()) == ("BEGIN", "VEVENT") {
            break;
        }
        assert!(calendar.insert(name.clone(), it).is_none(), "§3.7: {name} twice");
    }
    loop {
        let (name, it) = next();
        assert_ne!(name, "BEGIN", "nothing within an entry, no alarm either");
        if (name.as_str(), it.value.as_str()) == ("END", "VEVENT") {
            break;
        }
        assert!(event.insert(name.clone(), it).is_none(), "{name} twice");
    }
    assert!(is(&next(), ("END", "VCALENDAR")), "one entry");
    assert_eq!(lines.next(), None, "nothing after the end");
    let of = |name: &str| calendar.get(name).map(|it| it.value.clone());
    assert_eq!(of("VERSION").as_deref(), Some("2.0"), "§3.7.4");
    assert!(of("PRODID").is_some_and(|it| !it.is_empty()), "§3.7.3");
    let file = File { method: of("METHOD").expect("§3.7.2"), event };
    check(&file);
    file
}

fn check(file: &File) {
    for name in ["DTSTAMP", "DTSTART", "DTEND"] {
        let value = file.value(name);
        let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
        let (date, time) = value.split_once('T').expect("§3.3.5");
        let time = time.strip_suffix('Z').expect("UTC");
        assert!(date.len() == 8 && time.len() == 6 && digits(date) && digits(time), "{value}");
        assert!(file.event[name].params.is_empty(), "§3.3.5: no TZID with UTC");
    }
    assert!(file.value("DTSTART") < file.value("DTEND"), "§3.8.2.2");
    assert!(!file.value("UID").is_empty() && file.sequence() > 0);
    assert!(file.value("ORGANIZER").starts_with("mailto:"), "§3.8.4.3");
    // RFC 5546 §3.2.1, §3.2.2, §3.2.5.
    match file.method.as_str() {
        "REQUEST" => assert_eq!(file.value("STATUS"), "CONFIRMED"),
        "CANCEL" => assert_eq!(file.value("STATUS"), "CANCELLED"),
        "PUBLISH" => assert!(!file.event.contains_key("ATTENDEE")),
        other => panic!("the method {other}"),
    }
    if file.method != "PUBLISH" {
        assert!(file.value("ATTENDEE").starts_with("mailto:"));
    }
}

fn unfolded(text: &str) -> Vec<String> {
    let text = text.strip_suffix("\r\n").expect("§3.1: the last line ends in CRLF");
    let mut lines: Vec<String> = Vec::new();
    for line in text.split("\r\n") {
        assert!(!line.contains(['\r', '\n']), "§3.1: a bare line break in {line:?}");
        assert!(line.len() <= 75, "§3.1: {} octets in {line:?}", line.len());
        match line.strip_prefix([' ', '\t']) {
            Some(more) => lines.last_mut().expect("a line before").push_str(more),
            None => lines.push(line.to_owned()),
        }
    }
    lines
}

fn property(line: &str) -> (String, Property) {
    let mut is_quoted = false;
    let mut cuts = Vec::new();
    let mut colon = None;
    for (at, letter) in line.char_indices() {
        match letter {
            '"' => is_quoted = !is_quoted,
            ';' if !is_quoted => cuts.push(at),
            ':' if !is_quoted => {
                colon = Some(at);
                break;
            }
            _ => assert!(!letter.is_control(), "a control character in {line:?}"),
        }
    }
    let colon = colon.expect("§3.1: a colon");
    let mut ends = cuts.clone();
    ends.push(colon);
    let name = line[..ends[0]].to_owned();
    let is_name =
        |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_uppercase() || it == b'-');
    assert!(is_name(&name), "§3.1: the name {name:?}");
    let params = ends.windows(2).map(|it| {
        let (key, value) = line[it[0] + 1..it[1]].split_once('=').expect("§3.2");
        assert!(is_name(key), "§3.2: the parameter {key:?}");
        (key.to_owned(), value.trim_matches('"').to_owned())
    });
    let params = params.collect();
    let value = &line[colon + 1..];
    let value = if TEXTS.contains(&name.as_str()) { unescaped(value) } else { value.to_owned() };
    (name, Property { params, value })
}

/// §3.3.11.
fn unescaped(value: &str) -> String {
    let mut text = String::new();
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.push(match letters.next() {
                Some('n' | 'N') => '\n',
                Some(it @ ('\\' | ';' | ',')) => it,
                other => panic!("§3.3.11: a backslash before {other:?}"),
            }),
            ';' | ',' => panic!("§3.3.11: {letter} is not escaped in {value:?}"),
            _ => text.push(letter),
        }
    }
    text
}
