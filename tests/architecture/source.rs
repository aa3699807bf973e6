//! A source file as the rules see it: without comments, without the content of literals, without its tests.
//!
//! Owns a small reader of Rust's surface. Invariant: whatever is taken out leaves blanks, so that positions in
//! [`Source::code`] are positions in the file. Does not: parse; rules look at names and paths only.

use std::fs;
use std::path::Path;

/// One file.
pub(crate) struct Source {
    /// From the root of the repository, such as `src/actors/room.rs`.
    pub(crate) path: String,
    /// As it is.
    pub(crate) text: String,
    /// What is left of it, at the same positions.
    pub(crate) code: String,
    /// Lines that are not of its tests.
    pub(crate) lines: usize,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let mut code = blank_comments_and_literals(text);
        let lines = text.lines().count() - blank_tests(&mut code);
        Source { path: path.to_owned(), text: text.to_owned(), code, lines }
    }

    /// `path:line` of a position in the code.
    pub(crate) fn place(&self, at: usize) -> String {
        let line = 1 + self.code.bytes().take(at).filter(|it| *it == b'\n').count();
        format!("{}:{line}", self.path)
    }

    /// Where `word` stands alone, not as a part of a longer name.
    pub(crate) fn find_word(&self, word: &str) -> Vec<usize> {
        let is_name = |it: Option<char>| it.is_some_and(|it| it.is_alphanumeric() || it == '_');
        let begins_alone = |at: usize| {
            !is_name(word.chars().next()) || !is_name(self.code[..at].chars().next_back())
        };
        let ends_alone = |at: usize| {
            let end = at + word.len();
            !is_name(word.chars().next_back()) || !is_name(self.code[end..].chars().next())
        };
        let found = self.code.match_indices(word).map(|(at, _)| at);
        found.filter(|at| begins_alone(*at) && ends_alone(*at)).collect()
    }

    /// Modules of the crate that the file lies in: `src/sfu/peer/mod.rs` is `["sfu", "peer"]`.
    pub(crate) fn module(&self) -> Vec<&str> {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        path.split('/').filter(|it| !["mod", "lib", "main"].contains(it)).collect()
    }
}

/// All Rust files of a folder of the repository, except those that are tests as a whole.
pub(crate) fn read_folder(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    list(root, &root.join(folder), "rs", &mut paths);
    let read = |path: &String| Source::new(path, &fs::read_to_string(root.join(path)).unwrap());
    let all: Vec<Source> = paths.iter().map(read).collect();
    let tests: Vec<String> = all.iter().flat_map(test_files).collect();
    all.into_iter().filter(|it| !tests.contains(&it.path)).collect()
}

/// Paths, from `root`, of the files below `folder` that end so.
pub(crate) fn list(root: &Path, folder: &Path, ending: &str, out: &mut Vec<String>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            list(root, &path, ending, out);
        } else if path.extension().is_some_and(|it| it == ending) {
            out.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
        }
    }
}

/// Files that a source declares by `#[cfg(test)] mod name;`, with `#[path]` or without.
fn test_files(source: &Source) -> Vec<String> {
    let text = &source.text;
    let declared = text.match_indices("#[cfg(test)]").filter_map(|(at, _)| {
        let rest = &text[at..];
        let declaration = &rest[..rest.find(';')?];
        if declaration.contains('{') {
            return None;
        }
        let folder = Path::new(&source.path).parent()?;
        if let Some((_, path)) = declaration.split_once("#[path = \"") {
            let name = path.split('"').next()?;
            return folder.join(name).to_str().map(str::to_owned);
        }
        let name = declaration.rsplit("mod ").next()?.trim();
        Some(format!("src/{}/{name}.rs", source.module().join("/")))
    });
    declared.collect()
}

fn blank_comments_and_literals(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let hidden = hidden_length(rest, code.chars().next_back());
        let taken = hidden.unwrap_or(next.len_utf8());
        let (piece, after) = rest.split_at(taken);
        match hidden {
            Some(_) => push_blanks(&mut code, piece),
            None => code.push_str(piece),
        }
        rest = after;
    }
    code
}

/// Bytes of the comment or literal that `rest` begins with.
fn hidden_length(rest: &str, before: Option<char>) -> Option<usize> {
    let is_in_name = before.is_some_and(|it| it.is_alphanumeric() || it == '_');
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment(rest));
    }
    if rest.starts_with('"') {
        return Some(quoted(rest));
    }
    if !is_in_name && (rest.starts_with("r\"") || rest.starts_with("r#")) {
        let marks = rest[1..].chars().take_while(|it| *it == '#').count();
        let is_string = rest[1 + marks..].starts_with('"');
        let end = format!("\"{}", "#".repeat(marks));
        let opening = 2 + marks;
        return is_string
            .then(|| rest[opening..].find(&end).map_or(rest.len(), |at| opening + at + end.len()));
    }
    rest.starts_with('\'').then(|| character(rest)).flatten()
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn quoted(rest: &str) -> usize {
    let mut is_escaped = false;
    for (at, it) in rest.char_indices().skip(1) {
        match it {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A character, and not a lifetime.
fn character(rest: &str) -> Option<usize> {
    let mut letters = rest.char_indices().skip(1);
    let (_, first) = letters.next()?;
    if first == '\\' {
        return rest[2..].char_indices().skip(1).find(|(_, it)| *it == '\'').map(|(at, _)| at + 3);
    }
    let (at, second) = letters.next()?;
    (second == '\'').then_some(at + 1)
}

fn push_blanks(code: &mut String, piece: &str) {
    code.extend(piece.bytes().map(|it| if it == b'\n' { '\n' } else { ' ' }));
}

/// Takes out what `#[cfg(test)]` marks. Returns how many lines that were.
fn blank_tests(code: &mut String) -> usize {
    let mut lines = 0;
    while let Some(at) = code.find("#[cfg(test)]") {
        let end = at + item_length(&code[at..]);
        let mut blanks = String::new();
        push_blanks(&mut blanks, &code[at..end]);
        lines += 1 + blanks.matches('\n').count();
        code.replace_range(at..end, &blanks);
    }
    lines
}

/// Bytes to the end of the item: its semicolon, or the brace that closes it.
fn item_length(item: &str) -> usize {
    match item.find(['{', ';']) {
        Some(at) if item[at..].starts_with('{') => at + block_length(&item[at..]),
        Some(at) => at + 1,
        None => item.len(),
    }
}

/// Bytes of the block that begins here.
pub(crate) fn block_length(block: &str) -> usize {
    let mut depth = 0_usize;
    for (at, it) in block.char_indices() {
        match it {
            '{' => depth += 1,
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    block.len()
}
