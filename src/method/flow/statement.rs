//! Statements: where names begin and end, and which template comes next.

use super::kind::{Kind, Typed};
use super::{Frame, Macro, Walker};
use crate::render::{Expression, Statement, What, Word, resolve};
use crate::source::{Finding, nearest};

impl<'a, 's> Walker<'a, 's> {
    /// Walks a whole template, then what it extends.
    pub(super) fn template(&mut self, name: &str) {
        let Some((name, syntax)) = self.syntaxes.get(name) else { return };
        if self.templates.contains(&name) {
            return;
        }
        self.is_whole &= syntax.is_whole;
        let outermost = self.templates.is_empty();
        self.templates.push(name);
        if outermost {
            self.blocks.clear();
            self.rendered.clear();
        }
        self.collect_blocks(name, &syntax.statements);
        self.statements(&syntax.statements);
        if let Some(parent) = extended(&syntax.statements) {
            match self.named(parent) {
                Some(parent) => {
                    // The parent is another frame of the same rendering, not one inside of it.
                    self.template(&parent);
                    self.check_blocks(name, &syntax.statements);
                }
                None => self.blocks_alone(&syntax.statements),
            }
        }
        self.templates.pop();
    }

    /// The template that an expression names literally, if there is one.
    fn named(&self, name: &Expression) -> Option<String> {
        let What::Text(text) = &name.what else { return None };
        let path = resolve(text, self.templates.last()?)?;
        self.syntaxes.get(&path).map(|(name, _)| name.to_owned())
    }

    fn collect_blocks(&mut self, template: &'a str, statements: &'s [Statement]) {
        each(statements, &mut |statement| {
            if let Statement::Block { name, body } = statement {
                self.blocks.entry(&name.text).or_default().push((template, body));
            }
        });
    }

    /// Walks the blocks of a template whose parent is not known.
    fn blocks_alone(&mut self, statements: &'s [Statement]) {
        each(statements, &mut |statement| {
            if let Statement::Block { name, .. } = statement {
                self.block(&name.text, 0);
            }
        });
    }

    /// Reports each block of a template that nothing above it renders.
    fn check_blocks(&mut self, template: &'a str, statements: &'s [Statement]) {
        let mut lost: Vec<&Word> = Vec::new();
        each(statements, &mut |statement| {
            if let Statement::Block { name, .. } = statement
                && !self.rendered.contains(name.text.as_str())
            {
                lost.push(name);
            }
        });
        // One that stands in a lost block is lost with it.
        for name in lost {
            let message =
                format!("the block `{}` is never rendered: no parent of this has it", name.text);
            let finding = Finding::warning("unknown-block", message);
            let finding = match nearest(&name.text, self.rendered.iter().copied()) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => finding,
            };
            let outer = std::mem::replace(&mut self.templates, vec![template]);
            self.report(finding, &name.range);
            self.templates = outer;
        }
    }

    /// Walks one of the bodies of a block, where it is rendered.
    fn block(&mut self, name: &'s str, body: usize) {
        self.rendered.insert(name);
        let found = self.blocks.get(name).and_then(|bodies| bodies.get(body)).copied();
        let Some((template, statements)) = found else { return };
        if self.within.contains(&(name, body)) {
            return;
        }
        self.within.push((name, body));
        self.templates.push(template);
        self.frames.push(Frame::new());
        self.statements(statements);
        self.frames.pop();
        self.templates.pop();
        self.within.pop();
    }

    /// Walks the body that the current block replaces.
    pub(super) fn parent_block(&mut self) {
        if let Some((name, body)) = self.within.last().copied() {
            self.block(name, body + 1);
        }
    }

    pub(super) fn statements(&mut self, statements: &'s [Statement]) {
        let guards = self.guards.len();
        for statement in statements {
            if !self.step() {
                break;
            }
            self.statement(statement);
            // What comes behind `{% if not x %}{% continue %}{% endif %}` knows of x.
            if let Statement::If { branches, otherwise } = statement
                && otherwise.is_empty()
                && let [(condition, body)] = branches.as_slice()
                && matches!(body.last(), Some(Statement::Leave))
            {
                self.guard(condition, false);
            }
        }
        self.guards.truncate(guards);
    }

    fn statement(&mut self, statement: &'s Statement) {
        match statement {
            Statement::Print(expression) => {
                self.evaluate(expression);
            }
            Statement::Leave | Statement::Extends(_) => {}
            Statement::For { targets, over, filter, body, otherwise } => {
                self.for_loop(targets, over, filter.as_ref(), body);
                self.statements(otherwise);
            }
            Statement::If { branches, otherwise } => self.branches(branches, otherwise),
            Statement::Set { targets, value } => {
                let found = self.evaluate(value);
                self.set(targets, &found);
            }
            Statement::Capture { target, body } => {
                self.statements(body);
                self.bind(target, Kind::Text(String::new()).into());
            }
            Statement::With { values, body } => {
                self.frames.push(Frame::new());
                for (targets, value) in values {
                    let found = self.evaluate(value);
                    self.set(targets, &found);
                }
                self.statements(body);
                self.frames.pop();
            }
            Statement::Block { name, .. } => self.block_here(&name.text),
            Statement::Include(name) => self.include(name),
            Statement::Import { from, name } => {
                let module = self.module(from).map_or(Kind::Any, Kind::Module);
                self.bind(name, module.into());
            }
            Statement::From { from, names } => self.import_from(from, names),
            Statement::Macro { name, parameters, body } => {
                let template = self.templates.last().copied().unwrap_or_default();
                let frames = self.frames.clone();
                self.macros.push(Macro { parameters, body, template, frames });
                self.bind(name, Kind::Macro(self.macros.len() - 1).into());
            }
            Statement::Call { parameters, call, body } => self.call_block(parameters, call, body),
            Statement::Within { how, body } => {
                if let Some(how) = how {
                    self.evaluate(how);
                }
                self.statements(body);
            }
        }
    }

    /// Walks a block where it stands, unless it is rendered where a parent has it.
    fn block_here(&mut self, name: &'s str) {
        let is_child = self.templates.last().is_some_and(|template| {
            let syntax = self.syntaxes.get(template).map(|(_, syntax)| syntax);
            syntax.is_some_and(|syntax| extended(&syntax.statements).is_some())
        });
        // One inside of a block of a child is a part of that.
        if !is_child || !self.within.is_empty() {
            self.block(name, 0);
        }
    }

    fn call_block(
        &mut self,
        parameters: &'s [(String, Option<Expression>)],
        call: &'s Expression,
        body: &'s [Statement],
    ) {
        self.evaluate(call);
        self.frames.push(Frame::new());
        for (name, default) in parameters {
            if let Some(default) = default {
                self.evaluate(default);
            }
            self.bind(name, Typed::ANY);
        }
        self.statements(body);
        self.frames.pop();
    }

    fn for_loop(
        &mut self,
        targets: &'s [String],
        over: &'s Expression,
        filter: Option<&'s Expression>,
        body: &'s [Statement],
    ) {
        let found = self.evaluate(over);
        let guards = self.guard(over, true);
        self.frames.push(Frame::new());
        match targets {
            [target] => {
                let kind = found.kind.item();
                self.forget(target);
                let item = Typed { kind, path: Some(target.clone()), optional: false };
                self.bind(target, item);
            }
            targets => targets.iter().for_each(|target| self.bind(target, Typed::ANY)),
        }
        self.bind("loop", Kind::Loop.into());
        if let Some(filter) = filter {
            self.evaluate(filter);
            self.guard(filter, true);
        }
        self.conditional += 1;
        self.statements(body);
        self.conditional -= 1;
        self.frames.pop();
        self.guards.truncate(guards);
    }

    fn branches(
        &mut self,
        branches: &'s [(Expression, Vec<Statement>)],
        otherwise: &'s [Statement],
    ) {
        let guards = self.guards.len();
        self.conditional += 1;
        for (condition, body) in branches {
            self.evaluate(condition);
            let here = self.guard(condition, true);
            self.statements(body);
            self.guards.truncate(here);
            self.guard(condition, false);
        }
        self.statements(otherwise);
        self.conditional -= 1;
        self.guards.truncate(guards);
    }

    fn set(&mut self, targets: &[String], value: &Typed<'a>) {
        match targets {
            [target] => self.bind(target, value.clone()),
            targets => targets.iter().for_each(|target| self.bind(target, Typed::ANY)),
        }
    }

    /// Gives a name its value in the innermost frame; one that depends on a condition may still
    /// be what it was.
    pub(super) fn bind(&mut self, name: &str, value: Typed<'a>) {
        // A field of a namespace.
        if name.contains('.') {
            return;
        }
        let conditional = self.conditional > 0;
        let Some(frame) = self.frames.last_mut() else { return };
        let value = match frame.remove(name) {
            Some(before) if conditional => Typed {
                kind: before.kind.or(value.kind),
                path: None,
                optional: before.optional || value.optional,
            },
            _ => value,
        };
        frame.insert(name.to_owned(), value);
    }

    fn include(&mut self, name: &'s Expression) {
        self.evaluate(name);
        let names: Vec<&Expression> = match &name.what {
            What::List(items) => items.iter().collect(),
            _ => vec![name],
        };
        for name in names {
            let Some(template) = self.named(name) else { continue };
            // What is included has blocks of its own.
            let blocks = std::mem::take(&mut self.blocks);
            let within = std::mem::take(&mut self.within);
            let rendered = std::mem::take(&mut self.rendered);
            self.template(&template);
            (self.blocks, self.within, self.rendered) = (blocks, within, rendered);
        }
    }

    /// The names that a template gives, if it is known.
    fn module(&mut self, from: &'s Expression) -> Option<Vec<(String, Kind<'a>)>> {
        self.evaluate(from);
        let template = self.named(from)?;
        if self.templates.iter().any(|open| *open == template) {
            return None;
        }
        let whole = self.syntaxes.get(&template).is_some_and(|(_, syntax)| syntax.is_whole);
        self.frames.push(Frame::new());
        let blocks = std::mem::take(&mut self.blocks);
        let within = std::mem::take(&mut self.within);
        let rendered = std::mem::take(&mut self.rendered);
        self.template(&template);
        (self.blocks, self.within, self.rendered) = (blocks, within, rendered);
        let names = self.frames.pop()?.into_iter().map(|(name, value)| (name, value.kind));
        let names: Vec<_> = names.filter(|(name, _)| !name.starts_with('_')).collect();
        whole.then_some(names)
    }

    fn import_from(&mut self, from: &'s Expression, names: &'s [(Word, String)]) {
        let module = self.module(from);
        for (name, alias) in names {
            let kind = match &module {
                None => Kind::Any,
                Some(module) => match module.iter().find(|(known, _)| *known == name.text) {
                    Some((_, kind)) => kind.clone(),
                    None => {
                        self.not_imported(module, from, name);
                        Kind::Any
                    }
                },
            };
            self.bind(alias, kind.into());
        }
    }

    fn not_imported(&mut self, module: &[(String, Kind<'a>)], from: &Expression, name: &Word) {
        let template = self.named(from).unwrap_or_default();
        let message = format!("{template} has no `{}`", name.text);
        let finding = Finding::error("undeclared", message);
        let known = || module.iter().map(|(name, _)| name.as_str());
        let finding = match nearest(&name.text, known()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help(format!("it has: {}", known().collect::<Vec<_>>().join(", "))),
        };
        self.report(finding, &name.range);
    }
}

/// What a template extends.
fn extended(statements: &[Statement]) -> Option<&Expression> {
    let mut found = None;
    each(statements, &mut |statement| {
        if let Statement::Extends(name) = statement {
            found.get_or_insert(name);
        }
    });
    found
}

/// Visits all statements, those inside of others as well, but for macros.
fn each<'s>(statements: &'s [Statement], visit: &mut impl FnMut(&'s Statement)) {
    for statement in statements {
        visit(statement);
        match statement {
            Statement::For { body, otherwise, .. } => {
                each(body, visit);
                each(otherwise, visit);
            }
            Statement::If { branches, otherwise } => {
                branches.iter().for_each(|(_, body)| each(body, visit));
                each(otherwise, visit);
            }
            Statement::Capture { body, .. }
            | Statement::With { body, .. }
            | Statement::Block { body, .. }
            | Statement::Call { body, .. }
            | Statement::Within { body, .. } => each(body, visit),
            Statement::Print(_)
            | Statement::Leave
            | Statement::Set { .. }
            | Statement::Extends(_)
            | Statement::Include(_)
            | Statement::Import { .. }
            | Statement::From { .. }
            | Statement::Macro { .. } => {}
        }
    }
}
