//! Expressions: which value they name, and what is wrong with the name.

use std::ops::Range;

use super::kind::{ADDRESS, FILE, Kind, LOOP, Typed};
use super::{Frame, Keys, Translated, Walker};
use crate::method::parameter::Parameter;
use crate::render::{Argument, Expression, FUNCTIONS, What, Word, bound_names, tags_of};
use crate::source::{Finding, nearest};

/// The names that every template knows.
const KNOWN: [&str; 5] = ["self", "super", "caller", "varargs", "kwargs"];
/// The filters that give back the list they are given, or some of it.
const SAME_LIST: [&str; 9] =
    ["sort", "reverse", "list", "unique", "select", "reject", "selectattr", "rejectattr", "lines"];
/// The filters that give an item of a list.
const ONE_ITEM: [&str; 4] = ["first", "last", "min", "max"];
/// The filters that take the name of a field of their list's items.
const TAKES_FIELD: [&str; 10] =
    ["sort", "unique", "selectattr", "rejectattr", "map", "sum", "groupby", "min", "max", "join"];
/// The filters that give a number.
const NUMBERS: [&str; 8] = ["length", "count", "int", "float", "round", "abs", "sum", "bool"];
/// The filters that give anything.
const ANYTHING: [&str; 10] =
    ["map", "groupby", "items", "dictsort", "attr", "batch", "slice", "chain", "split", "safe"];

impl<'a, 's> Walker<'a, 's> {
    /// What an expression is; what is wrong with it is reported.
    pub(super) fn evaluate(&mut self, expression: &'s Expression) -> Typed<'a> {
        self.value(expression, false)
    }

    /// The same where the template asks whether there is something at all.
    fn value(&mut self, expression: &'s Expression, asked: bool) -> Typed<'a> {
        if !self.step() {
            return Typed::ANY;
        }
        match &expression.what {
            What::Text(text) => Kind::Words(vec![text.clone()]).into(),
            What::Number(_) | What::Constant => Kind::Plain("a constant").into(),
            What::Name(name) => self.name(name, &expression.range, asked),
            What::Field(of, word) => {
                let of = self.value(of, asked);
                self.field(&of, word, asked)
            }
            What::Item(of, at) => {
                let of = self.value(of, asked);
                self.evaluate(at);
                self.absent(&of, &expression.range, asked);
                of.kind.item().into()
            }
            What::Slice(of, bounds) => {
                let of = self.value(of, asked);
                bounds.iter().for_each(|bound| drop(self.evaluate(bound)));
                of.kind.into()
            }
            What::Call(callee, arguments) => self.call(callee, arguments),
            What::Filter(of, name, arguments) => self.filter(of.as_deref(), name, arguments),
            What::Test(of, name, arguments) => {
                let asked = ["defined", "undefined"].contains(&name.text.as_str());
                self.value(of, asked);
                self.arguments(arguments);
                Kind::Plain("a boolean").into()
            }
            What::Choice(both, otherwise) => self.choice(both, otherwise.as_deref()),
            what => self.operation(what),
        }
    }

    /// What operators and literals give.
    fn operation(&mut self, what: &'s What) -> Typed<'a> {
        match what {
            What::And(left, right) | What::Or(left, right) => {
                let one = self.evaluate(left);
                let guards = self.guard(left, matches!(what, What::And(..)));
                let other = self.evaluate(right);
                self.guards.truncate(guards);
                Typed { kind: one.kind.or(other.kind), path: None, optional: false }
            }
            What::Compare(first, others) => self.compare(first, others),
            What::Joined(left, right) => {
                let (left, right) = (self.evaluate(left), self.evaluate(right));
                left.kind.then(&right.kind).into()
            }
            What::Sum(left, right) => {
                let (left, right) = (self.evaluate(left), self.evaluate(right));
                match (left.kind, right.kind) {
                    (Kind::Plain(_), Kind::Plain(_)) => Kind::Plain("a number").into(),
                    _ => Typed::ANY,
                }
            }
            What::Not(inner) => {
                self.evaluate(inner);
                Kind::Plain("a boolean").into()
            }
            What::Negative(inner) => {
                self.evaluate(inner);
                Kind::Plain("a number").into()
            }
            What::List(items) => {
                let kinds: Vec<Kind<'a>> =
                    items.iter().map(|item| self.evaluate(item).kind).collect();
                let kind = kinds.into_iter().reduce(Kind::or).unwrap_or(Kind::Any);
                Kind::List(Box::new(kind)).into()
            }
            What::Map(entries) => {
                for (key, value) in entries {
                    self.evaluate(key);
                    self.evaluate(value);
                }
                Typed::ANY
            }
            _ => Typed::ANY,
        }
    }

    fn choice(
        &mut self,
        both: &'s [Expression; 2],
        otherwise: Option<&'s Expression>,
    ) -> Typed<'a> {
        let [then, condition] = both;
        self.evaluate(condition);
        let guards = self.guard(condition, true);
        let then = self.evaluate(then);
        self.guards.truncate(guards);
        let Some(otherwise) = otherwise else { return Typed::ANY };
        self.guard(condition, false);
        let otherwise = self.evaluate(otherwise);
        self.guards.truncate(guards);
        let optional = then.optional || otherwise.optional;
        Typed { kind: then.kind.or(otherwise.kind), path: None, optional }
    }

    /// What a name is: the innermost frame that has it, then the arguments, then the functions.
    fn name(&mut self, name: &str, range: &Range<usize>, asked: bool) -> Typed<'a> {
        if let Some(found) = self.frames.iter().rev().find_map(|frame| frame.get(name)) {
            let mut found = found.clone();
            found.optional &= !self.is_guarded(found.path.as_deref().unwrap_or(name));
            return found;
        }
        if let Some(parameter) = self.arguments.get(name) {
            self.used.insert(parameter.name());
            let mut found = Typed::declared(parameter, Some(name.to_owned()));
            found.optional &= !self.is_guarded(name);
            return found;
        }
        let known = FUNCTIONS.contains(&name) || KNOWN.contains(&name);
        if !known && !asked && !self.is_bound_around(name) {
            let message = format!("`{name}` is not known here");
            let finding = Finding::error("undeclared", message);
            let here = self.frames.iter().flat_map(|frame| frame.keys().map(String::as_str));
            let declared = self.arguments.all().iter().map(Parameter::name);
            let finding = match nearest(name, here.chain(declared)) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => finding
                    .help("a name lives as long as the loop, the block or the macro that gives it"),
            };
            self.report(finding, range);
        }
        Typed::ANY
    }

    /// Whether a macro may see a name that its template gives further down.
    fn is_bound_around(&self, name: &str) -> bool {
        let template = self.templates.last().filter(|_| !self.running.is_empty());
        template
            .and_then(|template| self.syntaxes.source(template))
            .is_some_and(|source| bound_names(&tags_of(source)).contains(&name))
    }

    /// Reports what is taken out of something that may be absent.
    fn absent(&mut self, of: &Typed<'a>, range: &Range<usize>, asked: bool) {
        if !of.optional || asked {
            return;
        }
        let Some(path) = of.path.clone() else { return };
        let message = format!("`{path}` may be absent, and then this fails");
        let finding = Finding::error("optional-unguarded", message)
            .help(format!("guard it with `{{% if {path} %}}`"));
        self.report(finding, range);
    }

    fn field(&mut self, of: &Typed<'a>, word: &Word, asked: bool) -> Typed<'a> {
        let path = of.path.as_ref().map(|path| format!("{path}.{}", word.text));
        let text = || Kind::Text(String::new());
        let known: Vec<&str> = match &of.kind {
            Kind::Any => return Typed { kind: Kind::Any, path, optional: false },
            Kind::Record(fields) => match fields.get(&word.text) {
                Some(field) => {
                    self.absent(of, &word.range, asked);
                    let mut found = Typed::declared(field, path);
                    found.optional &=
                        !found.path.as_deref().is_some_and(|path| self.is_guarded(path));
                    return found;
                }
                None => fields.all().iter().map(Parameter::name).collect(),
            },
            Kind::Address if word.text == "spec" => {
                self.absent(of, &word.range, asked);
                return Typed { kind: text(), path, optional: false };
            }
            Kind::Address if word.text == "name" => {
                self.absent(of, &word.range, asked);
                let optional = !path.as_deref().is_some_and(|path| self.is_guarded(path));
                return Typed { kind: text(), path, optional };
            }
            Kind::Address => ADDRESS.to_vec(),
            Kind::File if FILE.contains(&word.text.as_str()) => {
                self.absent(of, &word.range, asked);
                let size = word.text == "size";
                return if size { Kind::Plain("an integer").into() } else { text().into() };
            }
            Kind::File => FILE.to_vec(),
            Kind::Loop if LOOP.contains(&word.text.as_str()) => return Typed::ANY,
            Kind::Loop => LOOP.to_vec(),
            Kind::Module(names) => match names.iter().find(|(name, _)| *name == word.text) {
                Some((_, kind)) => return kind.clone().into(),
                None => names.iter().map(|(name, _)| name.as_str()).collect(),
            },
            Kind::List(_)
            | Kind::Plain(_)
            | Kind::Text(_)
            | Kind::Words(_)
            | Kind::Enum(_)
            | Kind::Macro(_) => Vec::new(),
        };
        let prefix = of.path.as_ref().map(|path| format!("{path}.")).unwrap_or_default();
        let finding = no_field(&of.kind, &of.named(), &prefix, &word.text, &known);
        self.report(finding, &word.range);
        Typed::ANY
    }

    fn compare(&mut self, first: &'s Expression, others: &'s [(String, Expression)]) -> Typed<'a> {
        let left = self.evaluate(first);
        for (sign, other) in others {
            let right = self.evaluate(other);
            let known = match (&left.kind, &right.kind) {
                (Kind::Enum(words), _) => Some((*words, other, left.named())),
                (_, Kind::Enum(words)) => Some((*words, first, right.named())),
                _ => None,
            };
            let Some((words, given, named)) = known else { continue };
            let given = match (&given.what, sign.as_str()) {
                (What::List(items), "in" | "not in") => items.iter().collect(),
                (_, "==" | "!=") => vec![given],
                _ => Vec::new(),
            };
            for word in given {
                self.check_word(word, words, &named);
            }
        }
        Kind::Plain("a boolean").into()
    }

    /// Reports a text that is compared with an argument and is none of its words.
    fn check_word(&mut self, given: &Expression, words: &[String], named: &str) {
        let What::Text(text) = &given.what else { return };
        if words.contains(text) {
            return;
        }
        let finding = Finding::warning("never-equal", format!("{named} is never {text:?}"));
        let finding = match nearest(text, words.iter().map(String::as_str)) {
            Some(near) => finding.help(format!("did you mean {near:?}?")),
            None => finding.help(format!("it is one of: {}", words.join(", "))),
        };
        self.report(finding, &given.range);
    }

    fn arguments(&mut self, arguments: &'s [Argument]) -> Vec<Typed<'a>> {
        arguments.iter().map(|argument| self.evaluate(&argument.value)).collect()
    }

    fn call(&mut self, callee: &'s Expression, arguments: &'s [Argument]) -> Typed<'a> {
        if let What::Name(name) = &callee.what
            && !self.frames.iter().any(|frame| frame.contains_key(name))
            && self.arguments.get(name).is_none()
        {
            let given = self.arguments(arguments);
            return match name.as_str() {
                "t" => {
                    self.translate(arguments, &given, &callee.range);
                    Kind::Text(String::new()).into()
                }
                "super" => {
                    self.parent_block();
                    Kind::Text(String::new()).into()
                }
                "url" | "unsubscribe_url" | "inline_image" => Kind::Text(String::new()).into(),
                "range" => Kind::List(Box::new(Kind::Plain("an integer"))).into(),
                // Unknown functions are found when the folder is loaded.
                _ => Typed::ANY,
            };
        }
        let found = self.evaluate(callee);
        let given = self.arguments(arguments);
        if let Kind::Macro(number) = found.kind {
            return self.run(number, arguments, &given);
        }
        Typed::ANY
    }

    /// Walks a macro with the kinds of a call.
    fn run(&mut self, number: usize, arguments: &'s [Argument], given: &[Typed<'a>]) -> Typed<'a> {
        let printed: Typed<'a> = Kind::Text(String::new()).into();
        let Some(called) = self.macros.get(number) else { return printed };
        if self.running.contains(&number) || self.running.len() > 20 {
            return printed;
        }
        let (parameters, body, template) = (called.parameters, called.body, called.template);
        let frames = std::mem::replace(&mut self.frames, called.frames.clone());
        let guards = std::mem::take(&mut self.guards);
        let mut frame = Frame::new();
        let spread = arguments.iter().any(|argument| argument.spread);
        for (position, (name, default)) in parameters.iter().enumerate() {
            let by_name = arguments.iter().position(|a| a.name.as_ref() == Some(name));
            let by_place = arguments.get(position).filter(|a| a.name.is_none()).map(|_| position);
            let value = by_name.or(by_place).filter(|_| !spread).and_then(|at| given.get(at));
            let value = match (value, default) {
                (Some(value), _) => Typed { path: Some(name.clone()), ..value.clone() },
                (None, Some(default)) if !spread => self.evaluate(default),
                (None, _) => Typed::ANY,
            };
            frame.insert(name.clone(), value);
        }
        self.frames.push(frame);
        self.running.push(number);
        self.templates.push(template);
        let conditional = std::mem::take(&mut self.conditional);
        self.statements(body);
        self.conditional = conditional;
        self.templates.pop();
        self.running.pop();
        self.frames = frames;
        self.guards = guards;
        printed
    }

    fn filter(
        &mut self,
        of: Option<&'s Expression>,
        name: &Word,
        arguments: &'s [Argument],
    ) -> Typed<'a> {
        let filter = name.text.as_str();
        let defaults = ["default", "d"].contains(&filter);
        let found = of.map_or(Typed::ANY, |of| self.value(of, defaults));
        let given = self.arguments(arguments);
        if TAKES_FIELD.contains(&filter) {
            self.check_fields(filter, &found, arguments);
        }
        if defaults {
            let other = given.into_iter().next().map_or(Kind::Any, |other| other.kind);
            return found.kind.or(other).into();
        }
        if SAME_LIST.contains(&filter) {
            return found.kind.into();
        }
        if ONE_ITEM.contains(&filter) {
            return found.kind.item().into();
        }
        if NUMBERS.contains(&filter) {
            return Kind::Plain("a number").into();
        }
        if ANYTHING.contains(&filter) {
            return Typed::ANY;
        }
        Kind::Text(String::new()).into()
    }

    /// Checks the field that a filter takes out of the items of its list.
    fn check_fields(&mut self, filter: &str, of: &Typed<'a>, arguments: &'s [Argument]) {
        let by_place = ["selectattr", "rejectattr", "groupby"].contains(&filter);
        let named = |argument: &&Argument| argument.name.as_deref() == Some("attribute");
        let argument = arguments
            .iter()
            .find(named)
            .or_else(|| arguments.first().filter(|argument| by_place && argument.name.is_none()));
        let Some(Expression { what: What::Text(text), range }) = argument.map(|a| &a.value) else {
            return;
        };
        let mut item: Typed<'a> = of.kind.item().into();
        for part in text.split('.') {
            let Kind::Record(fields) = &item.kind else { return };
            item = match fields.get(part) {
                Some(field) => Typed::declared(field, None),
                None => {
                    let known: Vec<&str> = fields.all().iter().map(Parameter::name).collect();
                    let named = format!("an item of {}", of.named());
                    let finding = no_field(&item.kind, &named, "", part, &known);
                    self.report(finding, range);
                    return;
                }
            };
        }
    }

    fn translate(&mut self, arguments: &'s [Argument], given: &[Typed<'a>], range: &Range<usize>) {
        let Some((key, template)) = given.first().zip(self.templates.last()) else { return };
        let keys = match (&key.kind, key.kind.words()) {
            (_, Some(words)) => Keys::These(words.to_vec()),
            (Kind::Text(beginning), None) => Keys::Beginning(beginning.clone()),
            _ => Keys::Beginning(String::new()),
        };
        let spread = arguments.iter().any(|argument| argument.spread);
        let names = arguments.iter().filter_map(|argument| argument.name.clone()).collect();
        let place = arguments.first().map_or(range, |argument| &argument.value.range);
        let found = Translated {
            keys,
            given: (!spread).then_some(names),
            locales: self.locales.clone(),
            template: (*template).to_owned(),
            range: place.clone(),
        };
        if !self.translated.contains(&found) {
            self.translated.push(found);
        }
    }
}

/// A field that a value does not have; `prefix` stands before the name of one that it has.
fn no_field(kind: &Kind<'_>, named: &str, prefix: &str, field: &str, known: &[&str]) -> Finding {
    let what = match kind {
        Kind::Record(_) | Kind::Address | Kind::File | Kind::Loop | Kind::Module(_) => {
            let finding =
                Finding::error("unknown-field", format!("{named} has no field `{field}`"));
            return match nearest(field, known.iter().copied()) {
                Some(near) => finding.help(format!("did you mean `{prefix}{near}`?")),
                None => finding.help(format!("there are: {}", known.join(", "))),
            };
        }
        Kind::List(_) => "a list",
        Kind::Macro(_) => "a macro",
        Kind::Plain(what) => what,
        _ => "text",
    };
    let message = format!("{named} is {what} and has no field `{field}`");
    let finding = Finding::error("unknown-field", message);
    match kind {
        Kind::List(_) => finding.help("loop over it, or take one of it: `[0]`"),
        _ if crate::render::FILTERS.contains(&field) => {
            finding.help(format!("`{field}` is a filter: write `| {field}`"))
        }
        _ => finding.help("it is printed as it is"),
    }
}
