//! What a page shows, told as lines.
//!
//! Owns: the operators of text, and what stands beside what. Letters that touch belong together, however they were put there; a gap
//! is a space, and another height is another line. Invariant: it goes forward, and looks at each byte a fixed number of times.
//! Does not: put lines into the order in which people read them, or know columns.

use super::fonts::Font;
use super::lexer::{Lexer, Token, Value, is_space};
use super::matrix::Matrix;
use super::{Unread, Work};
use std::rc::Rc;

/// Gaps that are a space, in em. Kerning is less, the space of every font is more.
const GAP: f64 = 0.2;
/// As far back, or up or down, it is another line.
const BACK: f64 = -1.5;
const HEIGHT: f64 = 0.4;
/// States that are put aside at the same time. Readers keep 28 at least.
const MAX_SAVED: usize = 64;
/// Values before an operator. Six are the most that any of text takes.
const MAX_VALUES: usize = 64;
/// So many letters without a meaning in a row may be what a detector would find: a password has six.
const LOST: u32 = 6;
/// Operators between two looks whether it is over.
const LOOK: u32 = 1_024;

/// What a page needs of its document.
pub(super) trait Resources {
    fn font(&mut self, name: &[u8], work: &mut Work<'_>) -> Rc<Font>;
    /// Whether something of that name is a picture; else it is a form, which is read by itself.
    fn is_picture(&mut self, name: &[u8], work: &mut Work<'_>) -> bool;
}

/// What was on a page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) has_text: bool,
    pub(super) has_pictures: bool,
    pub(super) has_forms: bool,
}

/// How text is shown from now on.
#[derive(Clone)]
struct State {
    page: Matrix,
    font: Rc<Font>,
    size: f64,
    between_letters: f64,
    between_words: f64,
    wide: f64,
    leading: f64,
}

struct Reading<'a, R> {
    state: State,
    saved: Vec<State>,
    /// Where the next letter comes, and where its line began.
    text: Matrix,
    line: Matrix,
    /// Where the last letter ended.
    end: Option<(f64, f64)>,
    lost: u32,
    shown: Shown,
    resources: &'a mut R,
}

/// Reads contents to their end.
pub(super) fn read(bytes: &[u8], resources: &mut impl Resources, work: &mut Work<'_>) -> Shown {
    let state = State {
        page: Matrix::SAME,
        font: Rc::default(),
        size: 1.0,
        between_letters: 0.0,
        between_words: 0.0,
        wide: 1.0,
        leading: 0.0,
    };
    let (saved, end, lost, shown) = (vec![], None, 0, Shown::default());
    let (text, line) = (Matrix::SAME, Matrix::SAME);
    let mut reading = Reading { state, saved, text, line, end, lost, shown, resources };
    let mut lexer = Lexer::of_contents(bytes);
    let (mut values, mut count) = (Vec::new(), 0_u32);
    while let Some(token) = lexer.next() {
        match token {
            Token::Value(value) if values.len() < MAX_VALUES => values.push(value),
            Token::Value(_) => {}
            Token::Word(b"ID") => {
                reading.shown.has_pictures = true;
                lexer.skip(picture(lexer.rest()));
                values.clear();
            }
            Token::Word(word) => {
                count = count.wrapping_add(1);
                // Those that look something up in the document cost more than others.
                let is_dear = matches!(word, b"Tf" | b"Do");
                if (is_dear || count.is_multiple_of(LOOK)) && !work.goes_on() {
                    break;
                }
                reading.operator(word, &values, work);
                values.clear();
            }
        }
        if work.letters.len() >= work.text {
            work.miss(Unread::Bound);
            break;
        }
    }
    if lexer.is_short {
        work.miss(Unread::Broken);
    }
    work.end_line();
    reading.shown
}

/// Bytes of a picture that stands within contents, with its `EI`.
fn picture(rest: &[u8]) -> usize {
    let is_end = |at: &usize| {
        let before = at.checked_sub(1).and_then(|it| rest.get(it));
        before.is_some_and(|it| is_space(*it)) && rest.get(at + 2).is_none_or(|it| is_space(*it))
    };
    memchr::memmem::find_iter(rest, b"EI").find(is_end).map_or(rest.len(), |it| it + 2)
}

fn numbers<const N: usize>(values: &[Value]) -> Option<[f64; N]> {
    let last = values.get(values.len().checked_sub(N)?..)?;
    let mut numbers = [0.0; N];
    for (to, from) in numbers.iter_mut().zip(last) {
        *to = from.number()?;
    }
    Some(numbers)
}

impl<R: Resources> Reading<'_, R> {
    fn operator(&mut self, word: &[u8], values: &[Value], work: &mut Work<'_>) {
        match word {
            b"q" if self.saved.len() < MAX_SAVED => self.saved.push(self.state.clone()),
            b"Q" => self.state = self.saved.pop().unwrap_or_else(|| self.state.clone()),
            b"cm" => {
                if let Some(by) = numbers(values) {
                    self.state.page = Matrix(by).then(self.state.page);
                }
            }
            b"BT" => (self.text, self.line) = (Matrix::SAME, Matrix::SAME),
            b"Do" => {
                if let Some(name) = values.last().and_then(Value::name) {
                    let is_picture = self.resources.is_picture(name, work);
                    self.shown.has_pictures |= is_picture;
                    self.shown.has_forms |= !is_picture;
                }
            }
            b"Tf" => {
                if let [.., Value::Name(name), Value::Number(size)] = values {
                    self.state.font = self.resources.font(name, work);
                    self.state.size = *size;
                }
            }
            _ => self.text_operator(word, values, work),
        }
    }

    fn text_operator(&mut self, word: &[u8], values: &[Value], work: &mut Work<'_>) {
        let one = numbers(values).map(|[it]: [f64; 1]| it);
        match word {
            b"Tc" => self.state.between_letters = one.unwrap_or(0.0),
            b"Tw" => self.state.between_words = one.unwrap_or(0.0),
            b"Tz" => self.state.wide = one.unwrap_or(100.0) / 100.0,
            b"TL" => self.state.leading = one.unwrap_or(0.0),
            b"Td" | b"TD" => {
                if let Some([x, y]) = numbers(values) {
                    self.state.leading = if word == b"TD" { -y } else { self.state.leading };
                    self.go(x, y);
                }
            }
            b"Tm" => {
                if let Some(to) = numbers(values) {
                    (self.text, self.line) = (Matrix(to), Matrix(to));
                }
            }
            b"T*" => self.go(0.0, -self.state.leading),
            b"'" | b"\"" => {
                if let [.., Value::Number(words), Value::Number(letters), Value::Text(_)] = values {
                    (self.state.between_words, self.state.between_letters) = (*words, *letters);
                }
                self.go(0.0, -self.state.leading);
                self.show(values.last(), work);
            }
            b"Tj" => self.show(values.last(), work),
            b"TJ" => {
                for it in values.last().and_then(Value::list).unwrap_or_default() {
                    match it {
                        Value::Number(back) => self.go_on(-back / 1_000.0 * self.state.size),
                        other => self.show(Some(other), work),
                    }
                }
            }
            _ => {}
        }
    }

    /// To another line.
    fn go(&mut self, x: f64, y: f64) {
        self.line = Matrix::moved(x, y).then(self.line);
        self.text = self.line;
    }

    /// On the same line.
    fn go_on(&mut self, by: f64) {
        self.text = Matrix::moved(by * self.state.wide, 0.0).then(self.text);
    }

    fn show(&mut self, value: Option<&Value>, work: &mut Work<'_>) {
        let Some(Value::Text(bytes)) = value else { return };
        let font = Rc::clone(&self.state.font);
        self.part(work);
        let mut rest = bytes.as_slice();
        while let Some((code, length)) = font.code(rest) {
            rest = rest.get(length..).unwrap_or_default();
            if font.push(code, &mut work.letters) {
                self.lost = 0;
            } else {
                work.letters.push('\u{FFFD}');
                self.lost = self.lost.saturating_add(1);
                if self.lost == LOST {
                    work.miss(Unread::Letters);
                }
            }
            let State { size, between_letters, between_words, .. } = self.state;
            let word = if (code, length) == (32, 1) { between_words } else { 0.0 };
            self.go_on(font.width(code) * size + between_letters + word);
            if work.letters.len() >= work.text {
                break;
            }
        }
        self.shown.has_text |= !bytes.is_empty();
        self.end = Some(self.text.then(self.state.page).origin());
    }

    /// Puts a space or an end of the line before what is shown next, if there is one.
    fn part(&mut self, work: &mut Work<'_>) {
        let place = self.text.then(self.state.page);
        let Some((from_x, from_y)) = self.end else { return };
        let ((x, y), (em_x, em_y)) = (place.origin(), place.along(self.state.size));
        let em = (em_x * em_x + em_y * em_y).max(f64::MIN_POSITIVE);
        let (x, y) = (x - from_x, y - from_y);
        let (along, up) = ((x * em_x + y * em_y) / em, (y * em_x - x * em_y) / em);
        if up.abs() > HEIGHT || along < BACK {
            work.end_line();
        } else if along > GAP && !work.letters.ends_with([' ', '\n']) {
            work.letters.push(' ');
        }
    }
}
