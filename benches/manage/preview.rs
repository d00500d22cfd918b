//! What a preview costs beside the library's own call, in turns.

use std::time::Instant;

use mailmethod::message::Stamp;

use crate::measure::Spread;
use crate::support::Site;
use crate::{Plan, Result, judge};

pub(crate) async fn measure(plan: &Plan) -> Result<()> {
    println!("\npreview: orders/confirmation; milliseconds");
    let (site, mut client) = Site::new().await;
    let methods = site.host.methods();
    let method = methods.find("orders/confirmation")?;
    let call = method.sample("first-order").ok_or("the sample is there")?;
    let frame = "/methods/orders.confirmation/body?sample=first-order";
    let page = "/methods/orders.confirmation/test?sample=first-order";
    let (mut library, mut frames, mut pages) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.rounds(200) {
        let begun = Instant::now();
        let mail = site.host.render(&call)?;
        let message = mail.seal(&Stamp::preview(), methods.limits())?;
        library.push(begun.elapsed().as_secs_f64() * 1e3);
        if message.as_bytes().is_empty() {
            return Err("the message is empty".into());
        }
        for (path, times) in [(frame, &mut frames), (page, &mut pages)] {
            let begun = Instant::now();
            let answer = client.get(path).await;
            times.push(begun.elapsed().as_secs_f64() * 1e3);
            if answer.status != 200 {
                return Err(format!("{path}: {}", answer.status).into());
            }
        }
    }
    let spread = |times| Spread::of(times).ok_or("nothing was measured");
    let (library, frame, page) = (spread(library)?, spread(frames)?, spread(pages)?);
    println!("  the library's call, sealed    {library}");
    println!("  the preview in its frame      {frame}");
    println!("  the whole Test page           {page}");
    let most = library.median.mul_add(1.3, 5.0);
    judge("preview, ms; 1.3 of the library's call and 5 ms", frame.median, most);
    judge("Test page, ms; the same", page.median, most);
    Ok(())
}
