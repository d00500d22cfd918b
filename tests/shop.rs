//! The demo shop, as its readers get it.

use mailmethod::testing;

#[test]
fn every_mail_is_as_it_was_reviewed() {
    testing::golden("templates", "tests/golden");
}
