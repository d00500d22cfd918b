//! Previews: a sample of a method in two locales, without adapter, network or clock. The same
//! sample gives the same bytes on every machine.
//!
//! `cargo run --example preview`
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::fs;

use mailmethod::host::{DEFAULT_FILE, Settings};
use mailmethod::{MailHost, Stamp};

fn main() -> Result<(), Box<dyn Error>> {
    let host = MailHost::builder().settings(Settings::read(DEFAULT_FILE)?).build()?;
    let folder = std::env::temp_dir().join("mailmethod-preview");
    fs::create_dir_all(&folder)?;

    let methods = host.methods();
    let method = methods.find("orders/shipped")?;
    let sample = method.sample("at-home").ok_or("the sample is gone")?;
    for locale in ["en", "de"] {
        let mail = host.render(&sample.clone().locale(locale))?;
        println!("{} in {locale}", mail.method());
        println!("  from     {}", mail.from());
        for to in mail.to() {
            println!("  to       {to}");
        }
        println!("  subject  {}", mail.subject());
        for line in mail.outline().lines() {
            println!("  {line}");
        }
        let message = mail.seal(&Stamp::preview(), methods.limits())?;
        let file = folder.join(format!("orders-shipped.{locale}.eml"));
        fs::write(&file, message.as_bytes())?;
        println!("  {} octets: open {}\n", message.as_bytes().len(), file.display());
    }
    Ok(())
}
