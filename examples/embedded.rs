//! A release that is one file: the methods are in the binary, with their images. No folder is
//! read at run time; a mistake in a template is still found when the program starts.
//!
//! `cargo run --example embedded`
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use mailmethod::message::Limits;
use mailmethod::render::Settings;
use mailmethod::{Call, MailMethods};

/// Pairs each path with the file's content, as it is when this is compiled.
macro_rules! templates {
    ($($path:literal),* $(,)?) => {
        [$(($path, include_bytes!(concat!("../templates/", $path)).as_slice())),*]
    };
}

fn main() -> Result<(), Box<dyn Error>> {
    let files = templates![
        "_defaults.yaml",
        "_layouts/base.html.j2",
        "_layouts/base.txt.j2",
        "_locales/de.yaml",
        "_locales/en.yaml",
        "_partials/button.html.j2",
        "account/welcome.yaml",
        "account/welcome.html.j2",
        "account/welcome.txt.j2",
        "account/welcome.de.html.j2",
        "account/welcome.de.txt.j2",
        "images/logo.png",
    ];
    let settings =
        Settings { base_url: Some("https://shop.example.test".into()), ..Settings::default() };
    let methods = MailMethods::from_embedded_with(files, settings, Limits::default())?;

    let call = Call::new("account/welcome").args(&[("name", "Ada"), ("email", "ada@example.test")]);
    for locale in ["en", "de"] {
        let mail = methods.call(&call.clone()?.locale(locale))?;
        println!("{}\n{}\n", mail.subject(), mail.outline());
    }
    Ok(())
}
