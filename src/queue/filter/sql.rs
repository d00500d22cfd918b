//! A filter as a condition of SQL: fixed words of ours, and the user's as arguments.
//!
//! The statement names the entry `e`, its mail `m` and its route `r`.

use super::{Column, Comparison, Filter, Quantity, Test};
use crate::queue::database::Arg;
use crate::queue::entry::{State, View};

/// A condition, and the arguments that it names from `$first` on.
#[derive(Debug)]
pub(in crate::queue) struct Condition {
    pub(in crate::queue) sql: String,
    pub(in crate::queue) args: Vec<Arg<'static>>,
    first: usize,
    postgres: bool,
}

/// What makes an entry one of a view. The planner of SQLite sees that an index without queued entries
/// helps only if it is told; that of PostgreSQL takes what is equal to something for rare, and would
/// sort all that is outgoing.
const fn view_condition(view: View) -> &'static str {
    match view {
        View::Outgoing => {
            "(e.state = 'queued' AND e.attempts = 0 AND e.due_at <= {now} \
              AND r.breaker IS DISTINCT FROM 'open' AND r.breaker IS DISTINCT FROM 'suspect')"
        }
        View::Scheduled => "(e.state = 'queued' AND e.attempts = 0 AND e.due_at > {now})",
        View::Deferred => {
            "(e.state = 'queued' AND (e.attempts > 0 \
              OR (e.due_at <= {now} AND coalesce(r.breaker, 'closed') <> 'closed')))"
        }
        View::Sending => "(e.state = 'sending' AND e.state <> 'queued')",
        View::Attention => "(e.state IN ('uncertain', 'held'))",
        View::Sent => "(e.state = 'sent' AND e.state <> 'queued')",
        View::Dead => "(e.state = 'dead' OR e.state = 'partial' OR e.state = 'expired')",
        View::Cancelled => "(e.state = 'cancelled' AND e.state <> 'queued')",
    }
}

/// Where mail waits, as far as it depends on the routes.
#[derive(Debug)]
pub(in crate::queue) enum Ways {
    /// No route is out.
    AllOpen,
    /// Some are: the routes that mail waits for, those that are open and those that are out.
    Some { open: Vec<String>, out: Vec<String> },
    /// Some are, and what is asked for walks all entries by age.
    Mixed,
}

/// A part of what is asked for, which an index has in the order of what is due.
#[derive(Clone, Debug)]
enum Part {
    Fixed(&'static str),
    /// What is due for the first time on a route, of one priority; without, what is offered alone.
    Due {
        route: String,
        priority: Option<u8>,
    },
}

const FRESH: &str = "(e.state = 'queued' AND e.attempts = 0)";
const TRIED: &str = "(e.state = 'queued' AND e.attempts > 0)";

/// The parts of a view.
fn view_parts(view: View, ways: &Ways) -> Vec<Part> {
    let due = |routes: &[String]| {
        let each = routes.iter().flat_map(|route| {
            let priorities = (1..=5).map(Some).chain([None]);
            priorities.map(|priority| Part::Due { route: route.clone(), priority })
        });
        each.collect::<Vec<_>>()
    };
    match (view, ways) {
        (View::Outgoing, Ways::AllOpen) => {
            vec![Part::Fixed("(e.state = 'queued' AND e.attempts = 0 AND e.due_at <= {now})")]
        }
        (View::Outgoing, Ways::Some { open, .. }) => due(open),
        (View::Deferred, Ways::AllOpen) => vec![Part::Fixed(TRIED)],
        (View::Deferred, Ways::Some { out, .. }) => {
            let mut parts = vec![Part::Fixed(TRIED)];
            parts.extend(due(out));
            parts
        }
        (view, _) => vec![Part::Fixed(view_condition(view))],
    }
}

impl Condition {
    /// A condition whose arguments begin at `$first`.
    pub(in crate::queue) fn new(filter: &Filter, first: usize, postgres: bool) -> Self {
        Self::with(filter, first, postgres, None)
    }

    /// The same in parts, each of which has an index: an entry that holds the filter holds one of them.
    pub(in crate::queue) fn parts(
        filter: &Filter,
        first: usize,
        postgres: bool,
        ways: &Ways,
    ) -> Vec<Self> {
        for (number, term) in filter.terms.iter().enumerate() {
            let parts = match term.any.as_slice() {
                [Test::View(view)] if !term.negated => view_parts(*view, ways),
                [Test::State(State::Queued)] if !term.negated => {
                    vec![Part::Fixed(FRESH), Part::Fixed(TRIED)]
                }
                _ => continue,
            };
            let part = |part| Self::with(filter, first, postgres, Some((number, part)));
            return parts.iter().map(part).collect();
        }
        vec![Self::new(filter, first, postgres)]
    }

    /// A condition in which the term of this number is only this part of it.
    fn with(filter: &Filter, first: usize, postgres: bool, part: Option<(usize, &Part)>) -> Self {
        let mut condition = Self { sql: String::from("true"), args: Vec::new(), first, postgres };
        for (number, term) in filter.terms.iter().enumerate() {
            if let Some((at, part)) = part
                && at == number
            {
                let part = condition.part(part);
                condition.sql.push_str(" AND ");
                condition.sql.push_str(&part);
                continue;
            }
            let tests: Vec<String> = term.any.iter().map(|test| condition.test(test)).collect();
            condition.sql.push_str(if term.negated { " AND NOT (" } else { " AND (" });
            condition.sql.push_str(&tests.join(" OR "));
            condition.sql.push(')');
        }
        condition
    }

    fn part(&mut self, part: &Part) -> String {
        match part {
            Part::Fixed(condition) => (*condition).to_owned(),
            Part::Due { route, priority } => {
                let route = self.arg(route.clone());
                let which = priority.map_or_else(
                    || "e.crashes >= 2".to_owned(),
                    |priority| format!("e.crashes < 2 AND e.priority = {priority}"),
                );
                format!(
                    "(e.state = 'queued' AND {which} AND e.route = {route} AND e.attempts = 0 \
                      AND e.due_at <= {{now}})"
                )
            }
        }
    }

    /// Adds an argument and gives its name.
    fn arg(&mut self, arg: impl Into<Arg<'static>>) -> String {
        self.args.push(arg.into());
        format!("${}", self.first + self.args.len() - 1)
    }

    fn test(&mut self, test: &Test) -> String {
        match test {
            Test::State(State::Queued) => "e.state = 'queued'".to_owned(),
            Test::State(state) => format!("(e.state = '{state}' AND e.state <> 'queued')"),
            Test::View(view) => view_condition(*view).to_owned(),
            Test::Text(column, pattern) => self.text(*column, pattern),
            Test::To(pattern) => {
                let address = self.matches("x.address", pattern);
                // SQLite looks up what is IN a list, and tries every entry for what EXISTS.
                if pattern.contains('*') {
                    format!(
                        "EXISTS (SELECT 1 FROM {{recipient}} x WHERE x.entry = e.id AND {address})"
                    )
                } else {
                    format!("e.id IN (SELECT x.entry FROM {{recipient}} x WHERE {address})")
                }
            }
            Test::Id(prefix) => self.id(prefix),
            Test::Until(last) => format!("e.id <= {}", self.arg(*last)),
            Test::Code(pattern) => {
                let column = if pattern.contains('.') {
                    "e.last_enhanced"
                } else {
                    "CAST(e.last_code AS text)"
                };
                let matched = self.matches(column, pattern);
                format!("({column} IS NOT NULL AND {matched})")
            }
            Test::Number(quantity, comparison, number) => {
                let column = match quantity {
                    Quantity::Attempts => "e.attempts",
                    Quantity::Size => "e.size",
                    Quantity::Priority => "e.priority",
                };
                let sign = match comparison {
                    Comparison::Equal => "=",
                    Comparison::Less => "<",
                    Comparison::LessOrEqual => "<=",
                    Comparison::More => ">",
                    Comparison::MoreOrEqual => ">=",
                };
                format!("{column} {sign} {}", self.arg(*number))
            }
            Test::Older(age) => format!("m.created_at < {{now}} - {}", self.arg(*age)),
            Test::Newer(age) => format!("m.created_at >= {{now}} - {}", self.arg(*age)),
            Test::HasAttachment => "m.attachments > 0".to_owned(),
            Test::HasKey => "m.key IS NOT NULL".to_owned(),
            Test::Argument(path, pattern) => self.argument(path, pattern),
            Test::Anywhere(text) => {
                let pattern = format!("*{text}*");
                let columns = ["m.subject", "m.method", "m.message_id"];
                let mut tests: Vec<String> =
                    columns.iter().map(|column| self.matches(column, &pattern)).collect();
                let address = self.matches("x.address", &pattern);
                tests.push(format!(
                    "EXISTS (SELECT 1 FROM {{recipient}} x WHERE x.entry = e.id AND {address})"
                ));
                format!("({})", tests.join(" OR "))
            }
        }
    }

    fn text(&mut self, column: Column, pattern: &str) -> String {
        let column = match column {
            Column::Method => "m.method",
            Column::Route => "e.route",
            Column::Locale => "m.locale",
            Column::From => "m.sender",
            Column::Subject => "m.subject",
            Column::MessageId => "m.message_id",
            Column::Key => "m.key",
            Column::Reason => "e.reason",
        };
        let matched = self.matches(column, pattern);
        // What is not there matches nothing, and its negation does.
        format!("({column} IS NOT NULL AND {matched})")
    }

    /// A column is equal to a text, or like one with `*` in it; letters are compared without case.
    fn matches(&mut self, column: &str, pattern: &str) -> String {
        if !pattern.contains('*') && (column == "x.address" || column == "m.key") {
            return format!("{column} = {}", self.arg(pattern.to_owned()));
        }
        let mut like = String::with_capacity(pattern.len() + 4);
        for c in pattern.chars() {
            match c {
                '*' => like.push('%'),
                '%' | '_' | '~' => {
                    like.push('~');
                    like.push(c);
                }
                c => like.push(c),
            }
        }
        let like = self.arg(like);
        if self.postgres {
            // It knows how many rows are like a pattern, but not how many functions of them are.
            return format!("{column} ILIKE {like} ESCAPE '~'");
        }
        format!("lower({column}) LIKE lower({like}) ESCAPE '~'")
    }

    /// An id begins so: it lies between the least and the greatest that do.
    fn id(&mut self, prefix: &str) -> String {
        let bound = |fill: char| {
            let digits: String = prefix.chars().filter(|c| *c != '-').collect();
            let all: String = digits.chars().chain(std::iter::repeat(fill)).take(32).collect();
            uuid::Uuid::try_parse(&all).unwrap_or_default()
        };
        let (least, greatest) = (self.arg(bound('0')), self.arg(bound('f')));
        format!("e.id BETWEEN {least} AND {greatest}")
    }

    fn argument(&mut self, path: &[String], pattern: &str) -> String {
        let value = if self.postgres {
            let path = self.arg(format!("{{{}}}", path.join(",")));
            format!("(CAST(m.arguments AS jsonb) #>> CAST({path} AS text[]))")
        } else {
            let steps: String = path
                .iter()
                .map(|step| match step.parse::<u32>() {
                    Ok(index) => format!("[{index}]"),
                    Err(_name) => format!(".\"{step}\""),
                })
                .collect();
            let path = self.arg(format!("${steps}"));
            format!("CAST(json_extract(m.arguments, {path}) AS text)")
        };
        let matched = self.matches(&value, pattern);
        format!("({value} IS NOT NULL AND {matched})")
    }
}
