//! The program `mailmethod`.
fn main() {}
