//! The expression: what stands in a tag, as a tree.
//!
//! It binds as the engine's own grammar does, from the conditional down to the
//! name. What it does not understand is no expression, and nothing is said of it.

use std::ops::Range;

use crate::render::scan::{Kind, Token};

/// How deep expressions may be nested to be read: less than the engine allows, for the stack.
const DEPTH_LIMIT: usize = 30;
/// The most tokens of a tag that is read: a chain of them is a tree as deep as it is long.
const TOKEN_LIMIT: usize = 400;

/// An expression and where it stands, in octets of the template.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Expression {
    pub(crate) what: What,
    pub(crate) range: Range<usize>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum What {
    Text(String),
    Number(String),
    /// `true`, `false` or `none`.
    Constant,
    Name(String),
    /// `a.b` and `a["b"]`.
    Field(Box<Expression>, Word),
    /// `a[b]`.
    Item(Box<Expression>, Box<Expression>),
    /// `a[b:c]`.
    Slice(Box<Expression>, Vec<Expression>),
    Call(Box<Expression>, Vec<Argument>),
    /// Nothing stands before the first filter of a block.
    Filter(Option<Box<Expression>>, Word, Vec<Argument>),
    Test(Box<Expression>, Word, Vec<Argument>),
    Not(Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Compare(Box<Expression>, Vec<(String, Expression)>),
    /// `a ~ b`.
    Joined(Box<Expression>, Box<Expression>),
    /// Arithmetic.
    Sum(Box<Expression>, Box<Expression>),
    Negative(Box<Expression>),
    /// `a if b else c`.
    Choice(Box<[Expression; 2]>, Option<Box<Expression>>),
    List(Vec<Expression>),
    Map(Vec<(Expression, Expression)>),
}

/// A word of an expression, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) range: Range<usize>,
}

/// An argument of a call, a filter or a test.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Argument {
    /// Its name, if it is given by name.
    pub(crate) name: Option<String>,
    /// Whether it stands for any number of arguments: `*a`, `**a`.
    pub(crate) spread: bool,
    pub(crate) value: Expression,
}

/// Reads the tokens of one tag.
pub(super) struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    pub(super) fn new(tokens: &'t [Token]) -> Self {
        let tokens = if tokens.len() > TOKEN_LIMIT { &[] } else { tokens };
        Self { tokens, at: 0, depth: 0 }
    }

    pub(super) fn is_done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    fn current(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    fn is(&self, kind: Kind, text: &str) -> bool {
        self.current().is_some_and(|token| token.kind == kind && token.text == text)
    }

    fn takes(&mut self, kind: Kind, text: &str) -> bool {
        let found = self.is(kind, text);
        self.at += usize::from(found);
        found
    }

    /// Passes a sign, if it is the next token.
    pub(super) fn sign(&mut self, sign: &str) -> bool {
        self.takes(Kind::Sign, sign)
    }

    /// Passes a keyword, if it is the next token.
    pub(super) fn keyword(&mut self, word: &str) -> bool {
        self.takes(Kind::Name, word)
    }

    /// Whether a keyword is the next token.
    pub(super) fn at_keyword(&self, word: &str) -> bool {
        self.is(Kind::Name, word)
    }

    /// The next token as a name.
    pub(super) fn word(&mut self) -> Option<Word> {
        let token = self.current().filter(|token| token.kind == Kind::Name)?;
        self.at += 1;
        Some(Word { text: token.text.clone(), range: token.start..token.end })
    }

    fn from(&self, start: usize, what: What) -> Expression {
        let end =
            self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(start, |t| t.end);
        Expression { what, range: start..end }
    }

    /// A whole expression, conditional included.
    pub(super) fn expression(&mut self) -> Option<Expression> {
        if self.depth >= DEPTH_LIMIT {
            return None;
        }
        self.depth += 1;
        let found = self.choice();
        self.depth -= 1;
        found
    }

    /// An expression without a conditional, as loops and `if` want it.
    pub(super) fn condition(&mut self) -> Option<Expression> {
        self.binary(0)
    }

    fn choice(&mut self) -> Option<Expression> {
        let mut found = self.condition()?;
        while self.keyword("if") {
            let start = found.range.start;
            let condition = self.condition()?;
            let otherwise =
                if self.keyword("else") { Some(Box::new(self.expression()?)) } else { None };
            found = self.from(start, What::Choice(Box::new([found, condition]), otherwise));
        }
        Some(found)
    }

    /// The levels of binary operators, the loosest first: or, and, not, comparisons, then those
    /// of [`OPERATORS`].
    fn binary(&mut self, level: usize) -> Option<Expression> {
        match level {
            0 | 1 => {
                let (word, made): (_, fn(_, _) -> What) =
                    if level == 0 { ("or", What::Or) } else { ("and", What::And) };
                let mut left = self.binary(level + 1)?;
                while self.keyword(word) {
                    let start = left.range.start;
                    let right = self.binary(level + 1)?;
                    left = self.from(start, made(Box::new(left), Box::new(right)));
                }
                Some(left)
            }
            2 => {
                let start = self.current()?.start;
                let mut count = 0_usize;
                while self.keyword("not") {
                    count += 1;
                }
                let mut found = self.comparison()?;
                for _ in 0..if count == 0 { 0 } else { 2 - count % 2 } {
                    found = self.from(start, What::Not(Box::new(found)));
                }
                Some(found)
            }
            level => self.operators(level - 3),
        }
    }

    fn comparison(&mut self) -> Option<Expression> {
        let first = self.binary(3)?;
        let mut others = Vec::new();
        loop {
            let operator = match self.current() {
                Some(token) if token.kind == Kind::Sign => {
                    let known = ["==", "!=", "<", "<=", ">", ">="].contains(&token.text.as_str());
                    known.then(|| token.text.clone())
                }
                Some(token) if token.kind == Kind::Name && token.text == "in" => {
                    Some("in".to_owned())
                }
                Some(token) if token.kind == Kind::Name && token.text == "not" => {
                    let next = self.tokens.get(self.at + 1)?;
                    let negated = next.kind == Kind::Name && next.text == "in";
                    self.at += usize::from(negated);
                    negated.then(|| "not in".to_owned())
                }
                _ => None,
            };
            let Some(operator) = operator else { break };
            self.at += 1;
            others.push((operator, self.binary(3)?));
        }
        if others.is_empty() {
            return Some(first);
        }
        let start = first.range.start;
        Some(self.from(start, What::Compare(Box::new(first), others)))
    }

    fn operators(&mut self, level: usize) -> Option<Expression> {
        let Some(signs) = OPERATORS.get(level) else { return self.unary() };
        let mut left = self.operators(level + 1)?;
        while let Some(sign) = signs.iter().find(|sign| self.is(Kind::Sign, sign)) {
            self.at += 1;
            let start = left.range.start;
            let right = self.operators(level + 1)?;
            let (left_box, right_box) = (Box::new(left), Box::new(right));
            let what = if *sign == "~" {
                What::Joined(left_box, right_box)
            } else {
                What::Sum(left_box, right_box)
            };
            left = self.from(start, what);
        }
        Some(left)
    }

    /// A value with its fields, then its filters and tests.
    fn unary(&mut self) -> Option<Expression> {
        let mut found = self.value()?;
        loop {
            let start = found.range.start;
            if self.sign("|") {
                let name = self.dotted_word()?;
                let arguments = self.arguments_if_any()?;
                found = self.from(start, What::Filter(Some(Box::new(found)), name, arguments));
            } else if self.keyword("is") {
                let negated = self.keyword("not");
                let name = self.dotted_word()?;
                let arguments = self.test_arguments()?;
                found = self.from(start, What::Test(Box::new(found), name, arguments));
                if negated {
                    found = self.from(start, What::Not(Box::new(found)));
                }
            } else {
                return Some(found);
            }
        }
    }

    /// The filters of a block: `{% filter upper | trim %}`.
    pub(super) fn filters(&mut self) -> Option<Expression> {
        let start = self.current()?.start;
        let mut found: Option<Expression> = None;
        while !self.is_done() {
            if found.is_some() && !self.sign("|") {
                return None;
            }
            let name = self.dotted_word()?;
            let arguments = self.arguments_if_any()?;
            found = Some(self.from(start, What::Filter(found.map(Box::new), name, arguments)));
        }
        found
    }

    fn dotted_word(&mut self) -> Option<Word> {
        let mut word = self.word()?;
        while self.sign(".") {
            let next = self.word()?;
            word.text = format!("{}.{}", word.text, next.text);
            word.range.end = next.range.end;
        }
        Some(word)
    }

    /// The arguments of a test: in parentheses, or one without.
    fn test_arguments(&mut self) -> Option<Vec<Argument>> {
        let Some(token) = self.current() else { return Some(Vec::new()) };
        let alone = match token.kind {
            Kind::Name => !["and", "or", "else", "is", "if", "not", "in", "recursive"]
                .contains(&token.text.as_str()),
            Kind::Text | Kind::Number => true,
            Kind::Sign => ["+", "-", "[", "{"].contains(&token.text.as_str()),
        };
        if !alone {
            return self.arguments_if_any();
        }
        let value = self.value()?;
        Some(vec![Argument { name: None, spread: false, value }])
    }

    fn arguments_if_any(&mut self) -> Option<Vec<Argument>> {
        if self.sign("(") { self.arguments() } else { Some(Vec::new()) }
    }

    /// Arguments up to the closing parenthesis.
    fn arguments(&mut self) -> Option<Vec<Argument>> {
        let mut arguments = Vec::new();
        while !self.sign(")") {
            if !arguments.is_empty() {
                let comma = self.sign(",");
                if self.sign(")") {
                    break;
                }
                if !comma {
                    return None;
                }
            }
            let spread = self.sign("**") || self.sign("*");
            let next = self.tokens.get(self.at + 1);
            let named = next.is_some_and(|next| next.kind == Kind::Sign && next.text == "=");
            let name = if named && !spread { Some(self.word()?.text) } else { None };
            self.at += usize::from(name.is_some());
            arguments.push(Argument { name, spread, value: self.expression()? });
        }
        Some(arguments)
    }

    /// A primary with what follows it directly: fields, items, calls.
    fn value(&mut self) -> Option<Expression> {
        let start = self.current()?.start;
        if self.sign("-") || self.sign("+") {
            self.depth += 1;
            let inner = if self.depth < DEPTH_LIMIT { self.value() } else { None };
            self.depth -= 1;
            let inner = inner?;
            return Some(self.from(start, What::Negative(Box::new(inner))));
        }
        let mut found = self.primary()?;
        loop {
            if self.sign(".") {
                let token = self.current()?;
                self.at += 1;
                let range = token.start..token.end;
                found = match token.kind {
                    Kind::Name => {
                        let word = Word { text: token.text.clone(), range };
                        self.from(start, What::Field(Box::new(found), word))
                    }
                    Kind::Number => {
                        let number = Expression { what: What::Number(token.text.clone()), range };
                        self.from(start, What::Item(Box::new(found), Box::new(number)))
                    }
                    Kind::Text | Kind::Sign => return None,
                };
            } else if self.sign("[") {
                found = self.subscript(start, found)?;
            } else if self.sign("(") {
                let arguments = self.arguments()?;
                found = self.from(start, What::Call(Box::new(found), arguments));
            } else {
                return Some(found);
            }
        }
    }

    fn subscript(&mut self, start: usize, of: Expression) -> Option<Expression> {
        let mut bounds = Vec::new();
        let mut colons = 0_usize;
        while !self.sign("]") {
            if self.sign(":") {
                colons += 1;
                continue;
            }
            bounds.push(self.expression()?);
        }
        let of = Box::new(of);
        let what = match bounds.pop() {
            Some(bound) if colons == 0 && bounds.is_empty() => match bound.what {
                What::Text(text) => What::Field(of, Word { text, range: bound.range }),
                _ => What::Item(of, Box::new(bound)),
            },
            last if colons > 0 => {
                bounds.extend(last);
                What::Slice(of, bounds)
            }
            _ => return None,
        };
        Some(self.from(start, what))
    }

    fn primary(&mut self) -> Option<Expression> {
        let token = self.current()?;
        self.at += 1;
        let what = match token.kind {
            Kind::Text => {
                let mut text = token.text.clone();
                while let Some(next) = self.current().filter(|next| next.kind == Kind::Text) {
                    text.push_str(&next.text);
                    self.at += 1;
                }
                What::Text(text)
            }
            Kind::Number => {
                // A fraction comes in three tokens.
                let digits = self.tokens.get(self.at + 1).filter(|t| t.kind == Kind::Number);
                let mut text = token.text.clone();
                if let Some(digits) = digits.filter(|_| self.is(Kind::Sign, ".")) {
                    text = format!("{text}.{}", digits.text);
                    self.at += 2;
                }
                What::Number(text)
            }
            Kind::Name => match token.text.as_str() {
                "true" | "True" | "false" | "False" | "none" | "None" => What::Constant,
                name => What::Name(name.to_owned()),
            },
            Kind::Sign => match token.text.as_str() {
                "(" => return self.group(token.start),
                "[" => What::List(self.items("]")?),
                "{" => What::Map(self.entries()?),
                _ => return None,
            },
        };
        Some(self.from(token.start, what))
    }

    /// What stands in parentheses: one expression, or a list of them.
    fn group(&mut self, start: usize) -> Option<Expression> {
        let first_end = self.at;
        let mut items = self.items(")")?;
        let comma = self.at.checked_sub(2).filter(|at| *at >= first_end);
        let comma = comma.and_then(|at| self.tokens.get(at)).is_some_and(|t| t.text == ",");
        match items.pop() {
            Some(mut only) if items.is_empty() && !comma => {
                only.range = self.from(start, What::Constant).range;
                Some(only)
            }
            last => {
                items.extend(last);
                Some(self.from(start, What::List(items)))
            }
        }
    }

    fn items(&mut self, close: &str) -> Option<Vec<Expression>> {
        let mut items = Vec::new();
        while !self.sign(close) {
            if !items.is_empty() {
                let comma = self.sign(",");
                if self.sign(close) {
                    break;
                }
                if !comma {
                    return None;
                }
            }
            items.push(self.expression()?);
        }
        Some(items)
    }

    fn entries(&mut self) -> Option<Vec<(Expression, Expression)>> {
        let mut entries = Vec::new();
        while !self.sign("}") {
            if !entries.is_empty() {
                let comma = self.sign(",");
                if self.sign("}") {
                    break;
                }
                if !comma {
                    return None;
                }
            }
            let key = self.expression()?;
            if !self.sign(":") {
                return None;
            }
            entries.push((key, self.expression()?));
        }
        Some(entries)
    }
}

/// The binary operators below comparisons, the loosest first.
const OPERATORS: [&[&str]; 4] = [&["+", "-"], &["~"], &["*", "/", "//", "%"], &["**"]];
