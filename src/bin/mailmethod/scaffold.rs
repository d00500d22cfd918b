//! The scaffold: the files of a new method, which render and check at once.

use std::collections::BTreeSet;

use crate::args::New;

/// The sender, for a method that inherits none.
pub(crate) const FROM: &str = "  from: My Shop <hello@shop.example>\n";

/// Inherited by every method of a new folder.
pub(crate) const DEFAULTS: &str = "\
# Inherited by every method below; a nearer _defaults.yaml or the method wins.
headers:
  from: My Shop <hello@shop.example>
";

const TEXT: &str = "\
Hello {{ name }},

this is the mail METHOD.
";

const HTML: &str = "\
<!doctype html>
<html lang=\"LANG\">
<head><meta charset=\"utf-8\"><title>METHOD</title></head>
<body>
<p>Hello {{ name }},</p>
<p>this is the mail METHOD.</p>
</body>
</html>
";

/// The files of the method, by their paths in the folder.
pub(crate) fn files(args: &New) -> Vec<(String, String)> {
    let mut files = vec![(format!("{}.yaml", args.name), definition(&args.name, ""))];
    let named: BTreeSet<&str> = args.locale.iter().map(String::as_str).collect();
    let locales = std::iter::once("").chain(named);
    for locale in locales {
        let (dot, lang) = if locale.is_empty() { ("", "en") } else { (".", locale) };
        let filled = |text: &str| text.replace("METHOD", &args.name).replace("LANG", lang);
        files.push((format!("{}{dot}{locale}.txt.j2", args.name), filled(TEXT)));
        if args.html {
            files.push((format!("{}{dot}{locale}.html.j2", args.name), filled(HTML)));
        }
    }
    files
}

/// The YAML file, with further lines of headers.
pub(crate) fn definition(name: &str, headers: &str) -> String {
    format!(
        "\
description: Says in one sentence when {name} is sent.
arguments:
  name: string
  email: address
headers:
{headers}  to: \"{{{{ name }}}} <{{{{ email }}}}>\"
  subject: \"Hello {{{{ name }}}}\"
samples:
  first:
    name: Ada Lovelace
    email: ada@example.test
"
    )
}
