//! The syntax: what a template says, as a tree, for what can be found without rendering it.
//!
//! The engine alone decides what is a template; here one that it has accepted is
//! read once more. A tag that this reading does not understand is left out, and
//! [`Syntax::is_whole`] says so.

mod expression;

use super::scan::{Tag, Token};
use expression::Parser;
pub(crate) use expression::{Argument, Expression, What, Word};

/// How deep blocks may be nested to be read: less than the engine allows, for the stack.
const DEPTH_LIMIT: usize = 50;

/// A template as a tree.
#[derive(Debug, Default)]
pub(crate) struct Syntax {
    pub(crate) statements: Vec<Statement>,
    /// Whether all of its tags were understood.
    pub(crate) is_whole: bool,
}

/// One statement, and what is inside of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Statement {
    /// `{{ … }}`, `{% do … %}`.
    Print(Expression),
    For {
        targets: Vec<String>,
        over: Expression,
        filter: Option<Expression>,
        body: Vec<Self>,
        otherwise: Vec<Self>,
    },
    If {
        branches: Vec<(Expression, Vec<Self>)>,
        otherwise: Vec<Self>,
    },
    /// `break` and `continue`.
    Leave,
    Set {
        targets: Vec<String>,
        value: Expression,
    },
    /// A name that holds what is rendered inside.
    Capture {
        target: String,
        body: Vec<Self>,
    },
    With {
        values: Vec<(Vec<String>, Expression)>,
        body: Vec<Self>,
    },
    Block {
        name: Word,
        body: Vec<Self>,
    },
    Extends(Expression),
    Include(Expression),
    /// `import … as name`.
    Import {
        from: Expression,
        name: String,
    },
    /// `from … import name as alias`.
    From {
        from: Expression,
        names: Vec<(Word, String)>,
    },
    Macro {
        name: String,
        parameters: Vec<(String, Option<Expression>)>,
        body: Vec<Self>,
    },
    /// A call whose `caller()` is the body.
    Call {
        parameters: Vec<(String, Option<Expression>)>,
        call: Expression,
        body: Vec<Self>,
    },
    /// What changes only how its body is printed: `filter`, `autoescape`.
    Within {
        how: Option<Expression>,
        body: Vec<Self>,
    },
}

/// Reads the tags of a template.
pub(crate) fn parse(tags: &[Tag]) -> Syntax {
    let mut reader = Reader { tags, at: 0, depth: 0, is_whole: true };
    let mut statements = Vec::new();
    while reader.at < tags.len() {
        statements.extend(reader.body());
        // An end without a beginning.
        if reader.at < tags.len() {
            reader.is_whole = false;
            reader.at += 1;
        }
    }
    Syntax { statements, is_whole: reader.is_whole }
}

struct Reader<'t> {
    tags: &'t [Tag],
    at: usize,
    depth: usize,
    is_whole: bool,
}

impl Reader<'_> {
    /// The statements up to an end or an `else`, which is not passed: in a template that the
    /// engine has accepted it belongs to the block that is open.
    fn body(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        self.depth += 1;
        while let Some(tag) = self.tags.get(self.at) {
            let keyword = tag.keyword();
            let ends = keyword.starts_with("end") && keyword != "endraw";
            if ends || ["else", "elif"].contains(&keyword) {
                break;
            }
            self.at += 1;
            if self.depth > DEPTH_LIMIT {
                self.is_whole = false;
                continue;
            }
            match self.statement(tag) {
                Some(Some(statement)) => statements.push(statement),
                Some(None) => {}
                None => self.is_whole = false,
            }
        }
        self.depth -= 1;
        statements
    }

    /// The statements of a block, whose end is passed.
    fn block(&mut self) -> Vec<Statement> {
        let body = self.body();
        self.at += 1;
        body
    }

    /// One statement with its body; `Some(None)` is one that says nothing.
    fn statement(&mut self, tag: &Tag) -> Option<Option<Statement>> {
        if !tag.statement {
            return whole(&tag.tokens, Parser::expression)
                .map(|found| Some(Statement::Print(found)));
        }
        let tokens = tag.tokens.get(1..).unwrap_or_default();
        let found = match tag.keyword() {
            "raw" | "endraw" => return Some(None),
            "for" => self.for_loop(tokens),
            "if" => self.if_branches(tokens),
            "set" => self.set(tokens),
            "with" => {
                let values = whole(tokens, assignments);
                let body = self.block();
                Some(Statement::With { values: values?, body })
            }
            "block" => {
                let name = Parser::new(tokens).word();
                let body = self.block();
                Some(Statement::Block { name: name?, body })
            }
            "macro" => self.macro_definition(tokens),
            "call" => self.call_block(tokens),
            "filter" | "autoescape" => {
                let how = match tag.keyword() {
                    "filter" => whole(tokens, Parser::filters),
                    _ => whole(tokens, Parser::expression),
                };
                let body = self.block();
                Some(Statement::Within { how, body })
            }
            "break" | "continue" => Some(Statement::Leave),
            "do" => whole(tokens, Parser::expression).map(Statement::Print),
            "extends" => whole(tokens, Parser::expression).map(Statement::Extends),
            "include" => whole(tokens, include).map(Statement::Include),
            "import" => whole(tokens, import),
            "from" => whole(tokens, from_import),
            _ => None,
        };
        found.map(Some)
    }

    fn for_loop(&mut self, tokens: &[Token]) -> Option<Statement> {
        let head = whole(tokens, |parser| {
            let targets = targets(parser)?;
            if !parser.keyword("in") {
                return None;
            }
            let over = parser.condition()?;
            let filter = if parser.keyword("if") { Some(parser.expression()?) } else { None };
            parser.keyword("recursive");
            Some((targets, over, filter))
        });
        let body = self.body();
        let otherwise = self.otherwise();
        let (targets, over, filter) = head?;
        Some(Statement::For { targets, over, filter, body, otherwise })
    }

    /// The body behind an `else`, if there is one, and the end of the block.
    fn otherwise(&mut self) -> Vec<Statement> {
        let has_else = self.tags.get(self.at).is_some_and(|tag| tag.keyword() == "else");
        self.at += 1;
        if has_else { self.block() } else { Vec::new() }
    }

    fn if_branches(&mut self, tokens: &[Token]) -> Option<Statement> {
        let mut branches = Vec::new();
        let mut understood = true;
        let mut condition = whole(tokens, Parser::condition);
        loop {
            let body = self.body();
            match condition {
                Some(condition) => branches.push((condition, body)),
                None => understood = false,
            }
            let Some(tag) = self.tags.get(self.at).filter(|tag| tag.keyword() == "elif") else {
                break;
            };
            self.at += 1;
            condition = whole(tag.tokens.get(1..).unwrap_or_default(), Parser::condition);
        }
        let otherwise = self.otherwise();
        understood.then_some(Statement::If { branches, otherwise })
    }

    fn set(&mut self, tokens: &[Token]) -> Option<Statement> {
        let mut parser = Parser::new(tokens);
        let found = targets(&mut parser);
        if parser.sign("=") {
            let mut items = vec![parser.expression()?];
            while parser.sign(",") && !parser.is_done() {
                items.push(parser.expression()?);
            }
            let value = match (items.pop(), items.is_empty()) {
                (Some(only), true) => only,
                (Some(last), false) => {
                    let range = items.first()?.range.start..last.range.end;
                    items.push(last);
                    Expression { what: What::List(items), range }
                }
                (None, _) => return None,
            };
            return parser.is_done().then_some(Statement::Set { targets: found?, value });
        }
        let body = self.block();
        let target = found?.into_iter().next()?;
        Some(Statement::Capture { target, body })
    }

    fn macro_definition(&mut self, tokens: &[Token]) -> Option<Statement> {
        let head = whole(tokens, |parser| {
            let name = parser.word()?.text;
            if !parser.sign("(") {
                return None;
            }
            Some((name, parameters(parser)?))
        });
        let body = self.block();
        let (name, parameters) = head?;
        Some(Statement::Macro { name, parameters, body })
    }

    fn call_block(&mut self, tokens: &[Token]) -> Option<Statement> {
        let head = whole(tokens, |parser| {
            let parameters = if parser.sign("(") { parameters(parser)? } else { Vec::new() };
            Some((parameters, parser.expression()?))
        });
        let body = self.block();
        let (parameters, call) = head?;
        Some(Statement::Call { parameters, call, body })
    }
}

/// Reads all of some tokens.
fn whole<'t, T>(tokens: &'t [Token], read: impl FnOnce(&mut Parser<'t>) -> Option<T>) -> Option<T> {
    let mut parser = Parser::new(tokens);
    let found = read(&mut parser)?;
    parser.is_done().then_some(found)
}

/// The names that a value is given: one, or several that it is unpacked into. A field of one
/// (`ns.count`) changes what the name holds and gives no name.
fn targets(parser: &mut Parser<'_>) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut open = 0_usize;
    loop {
        while parser.sign("(") {
            open += 1;
        }
        let mut name = parser.word()?.text;
        while parser.sign(".") {
            name = format!("{name}.{}", parser.word()?.text);
        }
        names.push(name);
        while open > 0 && parser.sign(")") {
            open -= 1;
        }
        if !parser.sign(",") || parser.at_keyword("in") {
            return Some(names);
        }
    }
}

fn assignments(parser: &mut Parser<'_>) -> Option<Vec<(Vec<String>, Expression)>> {
    let mut values = Vec::new();
    while !parser.is_done() {
        if !values.is_empty() && !parser.sign(",") {
            return None;
        }
        let names =
            if parser.sign("(") { tuple_targets(parser)? } else { vec![parser.word()?.text] };
        if !parser.sign("=") {
            return None;
        }
        values.push((names, parser.expression()?));
    }
    Some(values)
}

fn tuple_targets(parser: &mut Parser<'_>) -> Option<Vec<String>> {
    let names = targets(parser)?;
    parser.sign(")").then_some(names)
}

/// Parameters up to the closing parenthesis.
fn parameters(parser: &mut Parser<'_>) -> Option<Vec<(String, Option<Expression>)>> {
    let mut parameters = Vec::new();
    while !parser.sign(")") {
        if !parameters.is_empty() {
            let comma = parser.sign(",");
            if parser.sign(")") {
                break;
            }
            if !comma {
                return None;
            }
        }
        let name = parser.word()?.text;
        let default = if parser.sign("=") { Some(parser.expression()?) } else { None };
        parameters.push((name, default));
    }
    Some(parameters)
}

fn skip_context(parser: &mut Parser<'_>) -> bool {
    (parser.keyword("with") || parser.keyword("without")) && parser.keyword("context")
}

fn include(parser: &mut Parser<'_>) -> Option<Expression> {
    let name = parser.expression()?;
    skip_context(parser);
    if parser.keyword("ignore") {
        parser.keyword("missing");
        skip_context(parser);
    }
    Some(name)
}

fn import(parser: &mut Parser<'_>) -> Option<Statement> {
    let from = parser.expression()?;
    if !parser.keyword("as") {
        return None;
    }
    let name = parser.word()?.text;
    skip_context(parser);
    Some(Statement::Import { from, name })
}

fn from_import(parser: &mut Parser<'_>) -> Option<Statement> {
    let from = parser.expression()?;
    if !parser.keyword("import") {
        return None;
    }
    let mut names = Vec::new();
    while !parser.is_done() && !skip_context(parser) {
        if !names.is_empty() && !parser.sign(",") {
            return None;
        }
        if parser.is_done() || skip_context(parser) {
            break;
        }
        let name = parser.word()?;
        let alias = if parser.keyword("as") { parser.word()?.text } else { name.text.clone() };
        names.push((name, alias));
    }
    Some(Statement::From { from, names })
}

#[cfg(test)]
mod tests {
    use super::{Expression, Statement, What, parse};
    use crate::render::scan::tags;
    use proptest::prelude::*;

    /// An expression as a text that shows how it binds.
    fn shown(expression: &Expression) -> String {
        let list = |items: &[Expression]| items.iter().map(shown).collect::<Vec<_>>().join(",");
        let arguments = |arguments: &[super::Argument]| {
            let one = |a: &super::Argument| {
                let name = a.name.as_ref().map(|name| format!("{name}=")).unwrap_or_default();
                format!("{}{name}{}", if a.spread { "*" } else { "" }, shown(&a.value))
            };
            arguments.iter().map(one).collect::<Vec<_>>().join(",")
        };
        match &expression.what {
            What::Text(text) => format!("'{text}'"),
            What::Number(text) | What::Name(text) => text.clone(),
            What::Constant => "const".into(),
            What::Field(of, word) => format!("{}.{}", shown(of), word.text),
            What::Item(of, at) => format!("{}[{}]", shown(of), shown(at)),
            What::Slice(of, bounds) => format!("{}[:{}]", shown(of), list(bounds)),
            What::Call(of, given) => format!("{}({})", shown(of), arguments(given)),
            What::Filter(of, name, given) => {
                let of = of.as_ref().map(|of| shown(of)).unwrap_or_default();
                format!("({of}|{}({}))", name.text, arguments(given))
            }
            What::Test(of, name, given) => {
                format!("({} is {}({}))", shown(of), name.text, arguments(given))
            }
            What::Not(of) => format!("(not {})", shown(of)),
            What::Negative(of) => format!("(-{})", shown(of)),
            What::And(a, b) => format!("({} and {})", shown(a), shown(b)),
            What::Or(a, b) => format!("({} or {})", shown(a), shown(b)),
            What::Joined(a, b) => format!("({} ~ {})", shown(a), shown(b)),
            What::Sum(a, b) => format!("({} + {})", shown(a), shown(b)),
            What::Compare(first, others) => {
                let others = others.iter().map(|(sign, other)| format!(" {sign} {}", shown(other)));
                format!("({}{})", shown(first), others.collect::<String>())
            }
            What::Choice(both, otherwise) => {
                let [then, condition] = both.as_ref();
                let otherwise = otherwise.as_ref().map(|e| shown(e)).unwrap_or_default();
                format!("({} ? {} : {otherwise})", shown(condition), shown(then))
            }
            What::List(items) => format!("[{}]", list(items)),
            What::Map(entries) => {
                let one = |(key, value): &(Expression, Expression)| {
                    format!("{}:{}", shown(key), shown(value))
                };
                format!("{{{}}}", entries.iter().map(one).collect::<Vec<_>>().join(","))
            }
        }
    }

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let template = format!("{{{{ {source} }}}}");
        let syntax = parse(&tags(&template));
        assert!(syntax.is_whole, "{source}");
        let [Statement::Print(found)] = &syntax.statements[..] else { panic!("{source}") };
        assert_eq!(shown(found), expected, "{source}");
        assert_eq!(template.get(found.range.clone()), Some(source));
    }

    #[test]
    fn an_expression_binds_as_in_the_engine() {
        check("a.b['c'].d[0][i]", "a.b.c.d[0][i]");
        check("a or b and not c in d", "(a or (b and (not (c in d))))");
        check("a ~ b | upper", "(a ~ (b|upper()))");
        check("a + b ~ c * 2", "(a + (b ~ (c + 2)))");
        check("-a.b | abs", "((-a.b)|abs())");
        check("x if a == 'b' else y if c else z", "((a == 'b') ? x : (c ? y : z))");
        check(
            "a is not defined or b is divisibleby 3",
            "((not (a is defined())) or (b is divisibleby(3)))",
        );
        check("t('k' 'l', n=a.b | date(\"long\"), **rest)", "t('kl',n=(a.b|date('long')),*rest)");
        check("[1, 2.5, (a), (a,), ()]", "[1,2.5,a,[a],[]]");
        check("{'a': 1, b: c}", "{'a':1,b:c}");
        check("a[1:2]", "a[:1,2]");
        check("a[::2]", "a[:2]");
        check("a not in b", "(a not in b)");
        check("f()(x).y", "f()(x).y");
        check("a < b <= c", "(a < b <= c)");
        check("a is none and b", "((a is none()) and b)");
    }

    #[test]
    fn statements_hold_what_is_inside_of_them() {
        let source = "{% extends 'a' %}{% from 'b' import c, d as e %}{% import 'f' as g %}\
            {% set x, y = 1, 2 %}{% set ns.z = 1 %}{% set w | upper %}x{% endset %}\
            {% block h %}{% for (k, v) in m if k recursive %}{{ k }}{% else %}{{ v }}{% endfor %}{% endblock h %}\
            {% if a %}1{% elif b %}{{ 2 }}{% else %}{{ 3 }}{% endif %}{% raw %}{{ no }}{% endraw %}\
            {% macro n(o, p='q') %}{{ caller() }}{% endmacro %}{% call(r) n(s) %}{{ r }}{% endcall %}\
            {% with u = 1, (i, j) = l %}{{ u }}{% endwith %}{% filter upper | trim %}{{ t }}{% endfilter %}\
            {% autoescape false %}{{ t }}{% endautoescape %}{% include ['a', b] ignore missing %}{% do f() %}\
            {% for q in z %}{% continue %}{% endfor %}";
        let syntax = parse(&tags(source));
        assert!(syntax.is_whole);
        let names: Vec<String> = syntax
            .statements
            .iter()
            .map(|statement| {
                let shown = format!("{statement:?}");
                shown.split([' ', '(']).next().unwrap_or_default().to_owned()
            })
            .collect();
        let expected = "Extends From Import Set Set Capture Block If Macro Call With Within Within \
                        Include Print For";
        assert_eq!(names.join(" "), expected);
        let Statement::If { branches, otherwise } = &syntax.statements[7] else { panic!() };
        assert_eq!((branches.len(), otherwise.len()), (2, 1));
        let Statement::Set { targets, .. } = &syntax.statements[3] else { panic!() };
        assert_eq!(targets, &["x", "y"]);
    }

    #[test]
    fn what_is_not_understood_is_left_out_and_said() {
        for source in ["{{ a b }}", "{% unknown %}", "{{ }}", "{% endif %}", "{{ a. }}"] {
            assert!(!parse(&tags(source)).is_whole, "{source}");
        }
        let long = format!("{{{{ {}a }}}}", "a + ".repeat(900));
        assert!(!parse(&tags(&long)).is_whole);
        let deep = format!("{{{{ {}a{} }}}}", "(".repeat(150), ")".repeat(150));
        assert!(!parse(&tags(&deep)).is_whole);
        let blocks = format!("{}x{}", "{% if a %}".repeat(5_000), "{% endif %}".repeat(5_000));
        assert!(!parse(&tags(&blocks)).is_whole);
    }

    proptest! {
        #[test]
        fn no_text_panics_or_hangs(
            source in "(\\{\\{|\\}\\}|\\{%|%\\}| |for|in|if|else|elif|end|endif|endfor|set|macro|a|b|'|\\(|\\)|\\[|\\]|,|=|\\||\\.|is|not|~){0,60}"
        ) {
            let _whatever = parse(&tags(&source));
        }
    }
}
