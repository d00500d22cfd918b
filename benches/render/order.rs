//! The order: the one mail that all rows of the table make.

use mailmethod::{Call, File, MailMethods};
use serde::Serialize;

/// The arguments of the method `orders/confirmation`.
#[derive(Serialize)]
pub(crate) struct Order {
    pub(crate) customer: Customer,
    pub(crate) order_no: &'static str,
    pub(crate) lines: Vec<Line>,
    pub(crate) total: &'static str,
    pub(crate) due: &'static str,
    pub(crate) note: Option<&'static str>,
    pub(crate) invoice: File,
}

#[derive(Serialize)]
pub(crate) struct Customer {
    pub(crate) name: &'static str,
    pub(crate) email: &'static str,
}

#[derive(Serialize)]
pub(crate) struct Line {
    pub(crate) title: &'static str,
    pub(crate) quantity: u32,
    pub(crate) price: &'static str,
}

/// The templates, by their names.
pub(crate) const TEMPLATES: [(&str, &str); 3] = [
    ("_layouts/base.html.j2", include_str!("templates/_layouts/base.html.j2")),
    ("orders/confirmation.html.j2", include_str!("templates/orders/confirmation.html.j2")),
    ("orders/confirmation.txt.j2", include_str!("templates/orders/confirmation.txt.j2")),
];

/// The definition of the method.
pub(crate) const DEFINITION: (&str, &str) =
    ("orders/confirmation.yaml", include_str!("templates/orders/confirmation.yaml"));

impl Order {
    /// An order of ten lines, with a PDF file of that many octets.
    pub(crate) fn new(pdf: usize) -> Self {
        let line = |title, quantity, price| Line { title, quantity, price };
        Self {
            customer: Customer { name: "Ada Lovelace", email: "ada@example.test" },
            order_no: "2026-041",
            lines: vec![
                line("Analytical Engine, desk model", 1, "1249.00"),
                line("Punched cards, box of 500", 3, "18.50"),
                line("Brass gear, 24 teeth", 12, "4.20"),
                line("Brass gear, 36 teeth", 8, "5.60"),
                line("Machine oil & brush", 1, "9.90"),
                line("Notes on the Bernoulli numbers", 2, "24.00"),
                line("Ledger, ruled, 200 pages", 1, "12.75"),
                line("Ink, iron gall, 50 ml", 2, "7.30"),
                line("Steel nibs, fine, set of 10", 1, "6.40"),
                line("Carriage to Dublin", 1, "11.00"),
            ],
            total: "1506.55",
            due: "2026-12-07",
            note: Some("Please ring twice, the bell is weak."),
            invoice: File::new("invoice.pdf", noise(pdf)),
        }
    }

    /// The call of the method with this order.
    pub(crate) fn call(&self) -> Result<Call, mailmethod::CallError> {
        Call::new("orders/confirmation").args(self)
    }
}

/// The one method that is measured, loaded as a program would.
pub(crate) fn methods() -> Result<MailMethods, mailmethod::LoadError> {
    MailMethods::from_embedded([DEFINITION].into_iter().chain(TEMPLATES))
}
/// Octets that look like a compressed file, the same on every machine.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2026_0041_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}
