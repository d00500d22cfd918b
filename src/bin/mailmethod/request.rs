//! The request: a call made from sample, file and pairs, in this order; later wins.

use std::fs;
use std::io::{self, Read as _};

use mailmethod::method::Type;
use mailmethod::source::Finding;
use mailmethod::{Call, CallError, Mail, MailMethod};

use crate::args::CallArgs;
use crate::complaint::{self, Problem};
use crate::context::{Context, called};
use crate::exit::{Exit, Failure};
use crate::pairs::{self, Given, Pair};

/// The longest file of arguments, in octets: room for attachments in base64.
const LIMIT: u64 = 64 * 1024 * 1024;

/// Renders the mail that the command line asks for.
pub(crate) fn mail(context: &Context, args: &CallArgs) -> Result<Mail, Failure> {
    call(context, args, None).map(|(_, mail)| mail)
}

/// The argument that counts the mails of one command.
pub(crate) const COUNTER: &str = "n";

/// The call that the command line asks for, and its mail; `number` is the value of the argument
/// `n`, if there is one.
pub(crate) fn call(
    context: &Context,
    args: &CallArgs,
    number: Option<u64>,
) -> Result<(Call, Mail), Failure> {
    let method = context.find(&args.method)?;
    let mut call = base(method, args)?.from_text();
    if let Some(locale) = &args.locale {
        call = call.locale(locale);
    }
    let mut problems = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for pair in &args.pairs {
        if seen.contains(&pair.key.as_str()) {
            continue;
        }
        seen.push(&pair.key);
        match argument(context, method, args, pair)
            .and_then(|given| set(call.clone(), &pair.key, &given))
        {
            Ok(more) => call = more,
            Err(finding) => problems.push(Problem { finding: *finding, pair: Some(pair) }),
        }
    }
    if let Some(number) = number {
        call = numbered(method, call, number)?;
    }
    match method.call(&call, &context.settings.limits) {
        Ok(mail) if problems.is_empty() => Ok((call, mail)),
        Err(error @ CallError::Mail { .. }) if problems.is_empty() => Err(called(&error)),
        result => {
            let others = match result {
                Err(CallError::Arguments { findings, .. }) => findings,
                _ => Vec::new(),
            };
            complaint::add(&mut problems, others, method, &args.pairs);
            Err(complaint::failure(method, &problems))
        }
    }
}

/// The call with this value of `n`, if its method declares that.
pub(crate) fn numbered(method: &MailMethod, call: Call, number: u64) -> Result<Call, Failure> {
    if is_numbered(method) {
        return call.set(COUNTER, &number).map_err(|error| called(&error));
    }
    Ok(call)
}

/// Whether a method tells the mails of one command apart.
pub(crate) fn is_numbered(method: &MailMethod) -> bool {
    method.parameters().get(COUNTER).is_some()
}

/// The call before its pairs: the sample, and the file over it.
fn base(method: &MailMethod, args: &CallArgs) -> Result<Call, Failure> {
    let call = match &args.sample {
        None => Call::new(method.name()),
        Some(name) => method.sample(name).ok_or_else(|| unknown_sample(method, name))?,
    };
    match &args.args {
        None => Ok(call),
        Some(file) => with_file(call, file),
    }
}

fn unknown_sample(method: &MailMethod, name: &str) -> Failure {
    let names: Vec<&str> = method.samples().collect();
    let message = format!("{} has no sample {name:?}", method.name());
    let help = if names.is_empty() {
        "it has none".to_owned()
    } else {
        format!("its samples are: {}", names.join(", "))
    };
    Failure::one(Exit::NotFound, Finding::error("unknown-sample", message).help(help))
}

/// Lays the arguments of a file over those of the sample.
fn with_file(call: Call, file: &str) -> Result<Call, Failure> {
    let mut text = String::new();
    let shown = if file == "-" { "stdin" } else { file };
    let read = match file {
        "-" => io::stdin().lock().take(LIMIT).read_to_string(&mut text),
        _ => fs::File::open(file).and_then(|open| open.take(LIMIT).read_to_string(&mut text)),
    };
    read.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => {
            let finding = Finding::error("file", "the file is no UTF-8").in_file(shown);
            Failure::one(Exit::Data, finding)
        }
        _ => Failure::io("read", shown, &error),
    })?;
    let ending = file.rsplit('.').next().unwrap_or_default();
    if matches!(ending, "yaml" | "yml") {
        return call.args_yaml(shown, &text).map_err(|error| called(&error));
    }
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| {
        let place = mailmethod::source::Location {
            file: shown.to_owned(),
            line: error.line(),
            column: error.column(),
        };
        let finding = Finding::error("json", format!("the arguments are no JSON: {error}"));
        Failure::one(Exit::Data, finding.at(place, &text, 1))
    })?;
    call.args(&value).map_err(|error| called(&error))
}

/// What a pair gives, together with all others of the same name.
fn argument(
    context: &Context,
    method: &MailMethod,
    args: &CallArgs,
    pair: &Pair,
) -> Result<Given, Box<Finding>> {
    let declared = pairs::declared(method.parameters(), &pair.key);
    let same = args.pairs.iter().filter(|other| other.key == pair.key);
    if same.clone().count() == 1 {
        return pairs::given(context, pair, declared);
    }
    let item = match declared.map(|(parameter, secret)| (parameter.kind(), secret)) {
        None | Some((Type::Any | Type::Addresses, _)) => declared,
        Some((Type::List(item), secret)) => Some((item.as_ref(), secret)),
        Some(_) => {
            let message = format!("`{}` is given twice, and it is no list", pair.key);
            return Err(Box::new(Finding::error("wrong-argument", message).path(&pair.key)));
        }
    };
    let items = same.map(|pair| pairs::given(context, pair, item));
    items.collect::<Result<_, _>>().map(Given::List)
}

fn set(call: Call, key: &str, given: &Given) -> Result<Call, Box<Finding>> {
    call.set(key, given).map_err(|error| {
        let refused = Finding::error("wrong-argument", "the argument cannot be set");
        Box::new(error.findings().into_iter().next().unwrap_or(refused).path(key))
    })
}
