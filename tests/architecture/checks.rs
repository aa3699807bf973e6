//! Applies the tables to sources. Every finding begins with `path:line` and ends with the reason.

use crate::rules::{BANS, Ban, DIRECTIONS, Direction, MAX_FILE_LINES, MAX_FUNCTION_LINES};
use crate::source::{Source, block_length};

/// A function as it stands in a file.
pub(crate) struct Function<'a> {
    pub(crate) name: &'a str,
    pub(crate) at: usize,
    pub(crate) lines: usize,
}

/// Names of the rest of the crate that a folder must not know.
pub(crate) fn directions(source: &Source) -> Vec<String> {
    let Some(rule) = direction_of(source) else { return Vec::new() };
    let own = source.module().first().copied().unwrap_or_default();
    let references = references(source);
    let wrong = references.iter().filter(|(_, path)| {
        let is_own = path.first().is_some_and(|it| *it == own) && !rule.folder.contains('/');
        // Macros stand at the root of the crate, whoever owns them.
        let is_macro =
            path.len() == 1 && path.first().is_some_and(|it| it.starts_with("for_each_"));
        !is_own && !is_macro && !rule.may_name.iter().any(|it| begins_with(path, it))
    });
    let told = wrong.map(|(at, path)| {
        let (place, path) = (source.place(*at), path.join("::"));
        format!("{place}: src/{} names `{path}`: {}", rule.folder, rule.why)
    });
    told.collect()
}

fn direction_of(source: &Source) -> Option<&'static Direction> {
    let module = source.module().join("/");
    let fits = |it: &&Direction| {
        module.strip_prefix(it.folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    DIRECTIONS.iter().filter(fits).max_by_key(|it| it.folder.len())
}

/// Whether `path` lies in what `allowed` names. A group such as `use crate::{a, b}` has been taken apart before.
fn begins_with(path: &[&str], allowed: &str) -> bool {
    allowed
        .split("::")
        .zip(path.iter().map(Some).chain(std::iter::repeat(None)))
        .all(|(allowed, named)| named.is_some_and(|named| *named == allowed))
}

/// Every path of this crate that the file names, from the root of the crate, and where.
fn references(source: &Source) -> Vec<(usize, Vec<&str>)> {
    let mut found = Vec::new();
    for at in source.find_word("crate::") {
        collect(source, at, at + "crate::".len(), &[], &mut found);
    }
    let module = source.module();
    for at in source.find_word("super::") {
        if source.code[..at].ends_with("super::") {
            continue;
        }
        let climbs = climbs(&source.code[at..]);
        let Some(left) = module.len().checked_sub(climbs) else { continue };
        let begin = at + climbs * "super::".len();
        collect(source, at, begin, &module[..left], &mut found);
    }
    found
}

fn climbs(mut code: &str) -> usize {
    let mut climbs = 0;
    while let Some(rest) = code.strip_prefix("super::") {
        (code, climbs) = (rest, climbs + 1);
    }
    climbs
}

fn collect<'a>(
    source: &'a Source,
    at: usize,
    begin: usize,
    prefix: &[&'a str],
    found: &mut Vec<(usize, Vec<&'a str>)>,
) {
    let mut paths = Vec::new();
    expand(&source.code[begin..], &mut prefix.to_vec(), &mut paths);
    found.extend(paths.into_iter().map(|path| (at, path)));
}

/// Reads a path, or a group of paths; returns what comes after it.
fn expand<'a>(code: &'a str, path: &mut Vec<&'a str>, out: &mut Vec<Vec<&'a str>>) -> &'a str {
    let mut rest = code.trim_start();
    if rest.starts_with('{') {
        while let Some(inside) = rest.strip_prefix(['{', ',']) {
            rest = inside.trim_start();
            if !rest.starts_with('}') {
                rest = expand(rest, path, out).trim_start();
            }
        }
        return rest.strip_prefix('}').unwrap_or(rest);
    }
    let end = rest.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    if name.is_empty() {
        out.push(path.clone());
        return after;
    }
    path.push(name);
    rest = match after.strip_prefix("::") {
        Some(deeper) => expand(deeper, path, out),
        None => {
            out.push(path.clone());
            after
        }
    };
    path.pop();
    // `as name` up to the next comma.
    let is_renamed = rest.trim_start().starts_with("as ");
    if is_renamed { &rest[rest.find([',', '}', ';']).unwrap_or(rest.len())..] } else { rest }
}

/// Words that stand where they are banned.
pub(crate) fn bans(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for ban in BANS.iter().filter(|it| covers(it, &source.path)) {
        for word in ban.words {
            for at in source.find_word(word) {
                found.push(format!("{}: `{word}`: {}", source.place(at), ban.why));
            }
        }
    }
    found
}

/// Whether a ban holds for a file.
pub(crate) fn covers(ban: &Ban, path: &str) -> bool {
    ban.within.iter().any(|it| path.starts_with(it))
        && !ban.except.iter().any(|it| path.starts_with(it))
}

/// Words of another language that stand where they are banned.
pub(crate) fn client_bans(bans: &[Ban], path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for ban in bans.iter().filter(|it| covers(it, path)) {
        for (number, line) in text.lines().enumerate() {
            let is_comment = ["//", "*", "/*"].iter().any(|it| line.trim_start().starts_with(it));
            for word in ban.words.iter().filter(|it| !is_comment && line.contains(**it)) {
                found.push(format!("{path}:{}: `{word}`: {}", number + 1, ban.why));
            }
        }
    }
    found
}

/// What every file owes its reader: a beginning that says what it is, and no promises.
pub(crate) fn manners(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    if !source.text.starts_with("//!") {
        found.push(format!("{}:1: begins without `//!`: say what the module owns", source.path));
    }
    for word in ["TODO", "FIXME", "XXX", "HACK"] {
        for (at, _) in source.text.match_indices(word) {
            found.push(format!("{}: `{word}`: finish it, or write down the gap", source.place(at)));
        }
    }
    found
}

/// A file that has grown past the limit, or past the size that it had when the limit came.
pub(crate) fn file_size(source: &Source, known: &[(&str, usize)]) -> Option<String> {
    let before = known.iter().find(|(path, _)| *path == source.path).map(|(_, lines)| *lines);
    let lines = source.lines;
    let place = format!("{}:{lines}", source.path);
    match before {
        None if lines <= MAX_FILE_LINES => None,
        None => Some(format!("{place}: more than {MAX_FILE_LINES} lines without tests: two files")),
        Some(before) if lines > before => {
            Some(format!("{place}: was {before}; it may only shrink"))
        }
        Some(_) if lines <= MAX_FILE_LINES => Some(format!("{place}: take it off LONG_FILES")),
        Some(_) => None,
    }
}

/// Functions past the limit.
pub(crate) fn function_sizes(source: &Source, known: &[(&str, &str, usize)]) -> Vec<String> {
    let allowed = |name: &str| {
        let row = known.iter().find(|(path, it, _)| *path == source.path && *it == name);
        row.map_or(MAX_FUNCTION_LINES, |(_, _, lines)| *lines)
    };
    let all = functions(source).into_iter();
    let long = all.filter(|it| it.lines > allowed(it.name)).map(|it| {
        let (place, name, lines) = (source.place(it.at), it.name, it.lines);
        format!("{place}: `{name}` has {lines} lines, more than {}: two functions", allowed(name))
    });
    long.collect()
}

/// Functions of a file that have a body.
pub(crate) fn functions(source: &Source) -> Vec<Function<'_>> {
    let code = &source.code;
    let found = source.find_word("fn").into_iter().filter_map(|at| {
        let rest = code[at + 2..].trim_start();
        let end = rest.find(|it: char| !it.is_alphanumeric() && it != '_')?;
        let (name, after) = rest.split_at(end);
        let body = after.find(['{', ';']).filter(|it| after[*it..].starts_with('{'))?;
        let length = body + block_length(&after[body..]);
        let lines = 1 + after[..length].matches('\n').count();
        (!name.is_empty()).then_some(Function { name, at, lines })
    });
    found.collect()
}
