//! An enum of words.

use super::{begin, ident};
use crate::codegen::names::{Scope, pascal};
use crate::codegen::prose;
use crate::codegen::writer::Writer;

/// Writes an enum with a variant for each word.
pub(super) fn write(out: &mut Writer, name: &str, docs: &[String], words: &[String]) {
    let usual = words.iter().map(|word| (word.clone(), pascal(word, "_")));
    let variants = Scope::default().distinct(usual.collect(), ident::allowed);
    let variants: Vec<(&str, &String)> =
        words.iter().filter_map(|word| Some((word.as_str(), variants.get(word)?))).collect();
    begin(out, docs);
    out.line(
        "#[derive(::std::clone::Clone, ::std::marker::Copy, ::std::fmt::Debug, \
         ::std::cmp::PartialEq, ::std::cmp::Eq, ::std::hash::Hash)]",
    );
    out.open(&format!("pub enum {name} {{"));
    for (word, variant) in &variants {
        out.line(&format!("/// {}", prose::code(word)));
        out.line(&format!("{variant},"));
    }
    out.close("}");
    begin(out, &[]);
    out.open(&format!("impl {name} {{"));
    out.line("/// The word, as it is declared.");
    out.line("#[must_use]");
    out.open("pub const fn as_str(self) -> &'static ::std::primitive::str {");
    out.open("match self {");
    for (word, variant) in &variants {
        out.line(&format!("Self::{variant} => {word:?},"));
    }
    out.close("}");
    out.close("}");
    out.close("}");
    display(out, name);
    from_str(out, name, &variants);
    begin(out, &[]);
    out.open(&format!("impl ::mailmethod::method::ToArgument for {name} {{"));
    out.open("fn to_argument(&self) -> ::mailmethod::method::Argument {");
    out.line("::mailmethod::method::ToArgument::to_argument(self.as_str())");
    out.close("}");
    out.close("}");
}

fn display(out: &mut Writer, name: &str) {
    begin(out, &[]);
    out.open(&format!("impl ::std::fmt::Display for {name} {{"));
    out.open("fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {");
    out.line("f.write_str(self.as_str())");
    out.close("}");
    out.close("}");
}

fn from_str(out: &mut Writer, name: &str, variants: &[(&str, &String)]) {
    begin(out, &[]);
    out.open(&format!("impl ::std::str::FromStr for {name} {{"));
    out.line("type Err = ::mailmethod::codegen::UnknownWord;");
    out.line("");
    out.open(
        "fn from_str(word: &::std::primitive::str) -> \
         ::std::result::Result<Self, ::mailmethod::codegen::UnknownWord> {",
    );
    out.open("match word {");
    for (word, variant) in variants {
        out.line(&format!("{word:?} => ::std::result::Result::Ok(Self::{variant}),"));
    }
    out.open("_ => ::std::result::Result::Err(::mailmethod::codegen::UnknownWord::new(");
    out.line("word,");
    let words: Vec<String> = variants.iter().map(|(word, _)| format!("{word:?}")).collect();
    out.line(&format!("&[{}],", words.join(", ")));
    out.close(")),");
    out.close("}");
    out.close("}");
    out.close("}");
}
