//! How often and how much one realistic mail allocates, beside the libraries it is made of.
//!
//! `cargo bench --bench allocations`. The figures are exact: they do not depend on the machine.

#![expect(clippy::print_stdout, reason = "this is a program that prints a table")]

use std::alloc::System;
use std::error::Error;

use mailmethod::message::Limits;
use mailmethod::{MailMethods, Message};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[path = "render/order.rs"]
mod order;
#[path = "render/peers.rs"]
mod peers;

use order::Order;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

const PDF: usize = 20 * 1024;
const LARGE_PDF: usize = 5 * 1024 * 1024;

fn main() -> Result<()> {
    let order = Order::new(PDF);
    let methods = order::methods()?;
    let engine = peers::Engine::new()?;
    let rendered = engine.render(&order)?;
    println!("{:34} {:>8} {:>8}", "a mail", "allocs", "octets");
    let target = "at most 220 and 110,000, better 130 and 90,000";
    let ours = counted(&|| whole(&methods, &order).map(drop))?;
    line("a  bind, render, seal", ours, target);
    line("b  minijinja alone", counted(&|| Ok(engine.render(&order).map(drop)?))?, "");
    let built = counted(&|| Ok(peers::with_mail_builder(&rendered, &order).map(drop)?))?;
    line("c  mail-builder alone", built, "");
    let lettre = counted(&|| peers::with_lettre(&engine.render(&order)?, &order).map(drop))?;
    line("d  minijinja and lettre's builder", lettre, "");
    let large = Order::new(LARGE_PDF);
    let sealed = whole(&methods, &large)?.as_bytes().len();
    let (allocations, octets) = counted(&|| whole(&methods, &large).map(drop))?;
    line("a  with a PDF of 5 MiB", (allocations, octets), "");
    let beyond = octets.saturating_sub(sealed);
    println!(
        "{:34} {:>8} {beyond:8}   a second copy would be {LARGE_PDF}",
        "   beyond the message", ""
    );
    Ok(())
}

/// The whole call: bind, render, seal.
fn whole(methods: &MailMethods, order: &Order) -> Result<Message> {
    Ok(methods.call(&order.call()?)?.seal(&peers::stamp()?, &Limits::default())?)
}

/// Allocations (reallocations count) and octets of the second of two runs.
fn counted(run: &dyn Fn() -> Result<()>) -> Result<(usize, usize)> {
    run()?;
    let region = Region::new(ALLOCATOR);
    run()?;
    let change = region.change();
    Ok((change.allocations + change.reallocations, change.bytes_allocated))
}

fn line(name: &str, (count, octets): (usize, usize), target: &str) {
    println!("{name:34} {count:8} {octets:8}   {target}");
}
