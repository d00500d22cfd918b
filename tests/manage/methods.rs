//! Mail methods without JavaScript: the list, the form, previews, goldens, tests, samples.

use std::time::Duration;

use mailmethod::manage::Manage;
use mailmethod::testing::{Golden, Rule, Verb};

use crate::support::{Answer, Client, Site, encoded, resolved, unescaped};

const TEST: &str = "/methods/orders.confirmation/test";

/// The names and values that the form of a page would send, but for its buttons.
fn fields(page: &Answer) -> Vec<(String, String)> {
    let form =
        page.body.split("<form id=\"form\"").nth(1).unwrap().split("</form>").next().unwrap();
    let mut fields = Vec::new();
    for tag in form.split('<').skip(1) {
        let (tag, after) = tag.split_once('>').unwrap();
        let value = |name: &str| {
            let begin = format!(" {name}=\"");
            tag.split(&begin).nth(1).map(|rest| unescaped(rest.split('"').next().unwrap()))
        };
        let Some(name) = value("name") else { continue };
        let off = tag.contains(" disabled") || tag.contains("type=\"file\"");
        let unticked =
            (tag.contains("checkbox") || tag.contains("radio")) && !tag.contains(" checked");
        if off || unticked || tag.starts_with("button") {
            continue;
        }
        if tag.starts_with("select") {
            let options = form
                .split(&format!("name=\"{name}\""))
                .nth(1)
                .unwrap()
                .split("</select>")
                .next()
                .unwrap();
            let chosen =
                options.split("<option value=\"").skip(1).find(|one| one.contains(" selected"));
            fields.push((
                name,
                chosen.map_or(String::new(), |one| unescaped(one.split('"').next().unwrap())),
            ));
        } else if tag.starts_with("textarea") {
            fields.push((name, unescaped(after.trim_start_matches('\n'))));
        } else if tag.starts_with("input") {
            fields.push((name, value("value").unwrap_or_default()));
        }
    }
    fields
}

fn set(fields: &mut Vec<(String, String)>, name: &str, value: &str) {
    match fields.iter_mut().rev().find(|(own, _)| own == name) {
        Some((_, old)) => value.clone_into(old),
        None => fields.push((name.to_owned(), value.to_owned())),
    }
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// Sends the form of a method with a file, and follows where it leads.
async fn sent(
    client: &mut Client,
    path: &str,
    fields: &[(String, String)],
    files: &[(&str, &str, &[u8])],
) -> Answer {
    let answer = client.upload(path, &borrowed(fields), files).await;
    client.follow(path, answer).await
}

#[tokio::test]
async fn the_list_tells_arguments_locales_samples_and_the_last_mail() {
    let (site, mut client) = Site::new().await;
    let page = client.get("/methods").await;
    page.has("orders/confirmation").has("order_no").has("en, de").has("never").has("bulk");
    site.queue("ada@ok.test").await;
    client.get("/methods").await.has("q=method:account/welcome\"><time");
    client.get("/methods?view=gallery").await.has("<iframe").has("body?sample=first-order");
    client.get("/methods/orders.confirmation").await.is(303);
    client.get("/methods/orders.confirmatoin/test").await.is(404).has("did you mean");
}

#[tokio::test]
async fn a_form_is_filled_in_corrected_and_previewed() {
    let (_site, mut client) = Site::new().await;
    let page = client.get(TEST).await;
    page.is(200).has("Order 2026-041 confirmed").has("HTML preview");
    let mut form = fields(&page);
    assert!(
        form.iter().any(|(name, value)| name == "lines.1.title" && value == "Waxed canvas pack"),
        "{form:?}"
    );
    set(&mut form, "order_no", "2027-001");
    set(&mut form, "lines.0.title", "Tea & biscuits");
    set(&mut form, "due", "2027-02-30");
    set(&mut form, "lines.1.price", "much");
    let wrong = sent(&mut client, TEST, &form, &[]).await;
    wrong.is(200).has("2 things to mend").has("Nothing was rendered").has("value=\"2027-02-30\"");
    let at_due = wrong
        .body
        .split("id=\"f-due-error\"")
        .nth(1)
        .unwrap()
        .split("</p>")
        .next()
        .unwrap()
        .to_owned();
    assert!(at_due.contains("not a date"), "{at_due}");
    wrong
        .has("id=\"f-lines-1-price-error\"")
        .has("aria-invalid=\"true\"")
        .has("aria-describedby=\"f-due-error");
    let mut form = fields(&wrong);
    set(&mut form, "due", "2027-03-01");
    set(&mut form, "lines.1.price", "19.90");
    let right = sent(&mut client, TEST, &form, &[]).await;
    right.has("Order 2027-001 confirmed").lacks("to mend");
    let source = right.body.split("<iframe").nth(1).unwrap().split("src=\"").nth(1).unwrap();
    let frame = unescaped(source.split('"').next().unwrap());
    let body = client.get(&resolved(TEST, &frame)).await;
    body.is(200).has("Tea &amp; biscuits").has("2027-001");
    assert!(body.header("content-security-policy").contains("sandbox"));
}

#[tokio::test]
async fn a_form_without_files_and_secrets_is_a_bookmark() {
    let (_site, mut client) = Site::new().await;
    let path = "/methods/orders.shipped/test";
    let page = client.get(path).await;
    page.has("method=\"get\"");
    let mut form = fields(&page);
    set(&mut form, "carrier", "Parcels <b>&</b> Letters");
    set(&mut form, "locale", "de");
    let page = client.get(&format!("{path}?{}", encoded(&borrowed(&form)))).await;
    page.is(200)
        .has("Parcels &lt;b&gt;&amp;&lt;/b&gt; Letters")
        .lacks("<b>&</b>")
        .has("ist unterwegs");
    // The link of the page itself gives it again.
    let link =
        page.body.split("This form, filled in").next().unwrap().rsplit("href=\"").next().unwrap();
    let link = unescaped(link.split('"').next().unwrap());
    client.get(&resolved(path, &link)).await.has("Parcels &lt;b&gt;").has("ist unterwegs");
    for part in ["text", "markup", "headers", "source", "attachments", "checks"] {
        client.get(&format!("{path}?{}&-part={part}", encoded(&borrowed(&form)))).await.is(200);
    }
    client.get(&format!("{path}?-part=headers")).await.has("Content-Language");
    client.get(&format!("{path}?-part=source")).await.has("MIME-Version: 1.0");
    client
        .get(&format!("{path}?-part=attachments"))
        .await
        .has("delivery-2026-041.ics")
        .has("part/");
    client.get("/methods/orders.shipped/part/0?").await.is(200).has("BEGIN:VCALENDAR");
    client.get("/methods/orders.shipped/part/7?").await.is(404);
    client
        .get(&format!("{path}?locale=*"))
        .await
        .has("<figcaption>en</figcaption>")
        .has("<figcaption>de</figcaption>");
    client.get(&format!("{path}?-width=390&-dark=1")).await.has("stage w-390 dark");
    client.get(&format!("{path}?locale=de-AT")).await.has("ist unterwegs");
    client.get(&format!("{path}?locale=%3F%3F")).await.has("is no locale");
    client.get(&format!("{path}?sample=at-hmoe")).await.has("did you mean `at-home`?");
    client
        .get(&format!("{path}?carier=x"))
        .await
        .has("there is no argument")
        .has("did you mean `carrier`?");
}

#[tokio::test]
async fn items_are_added_and_taken_away_without_a_script() {
    let (_site, mut client) = Site::new().await;
    let path = "/methods/orders.shipped/test";
    let mut form = fields(&client.get(path).await);
    form.push(("-add".to_owned(), "contents".to_owned()));
    let page = client.get(&format!("{path}?{}", encoded(&borrowed(&form)))).await;
    page.has("name=\"contents.2\"").lacks("to mend");
    let mut form = fields(&page);
    form.retain(|(name, _)| name != "-add");
    set(&mut form, "contents.2", "A third thing");
    form.push(("-remove".to_owned(), "contents.0".to_owned()));
    let page = client.get(&format!("{path}?{}", encoded(&borrowed(&form)))).await;
    page.has("A third thing").lacks("name=\"contents.2\"").lacks("value=\"Fieldbook, dotted (2)\"");
    // A list of records in a form with a file, by POST.
    let mut form = fields(&client.get(TEST).await);
    form.push(("-add".to_owned(), "lines".to_owned()));
    let page = sent(&mut client, TEST, &form, &[]).await;
    page.has("name=\"lines.2.title\"").has("Remove line 3").lacks("to mend");
}

#[tokio::test]
async fn files_and_secrets_are_kept_and_never_in_a_url() {
    let (site, mut client) = Site::new().await;
    let form = fields(&client.get(TEST).await);
    let answer =
        client.upload(TEST, &borrowed(&form), &[("invoice", "bill.pdf", b"%PDF-1.4 mine")]).await;
    let page = client.follow(TEST, answer).await;
    page.has("bill.pdf is kept").has("Attachments <span class=\"count\">3");
    // The next rendering still has it.
    let mut form = fields(&page);
    set(&mut form, "order_no", "2030-001");
    let page = sent(&mut client, TEST, &form, &[]).await;
    page.has("Order 2030-001 confirmed").has("bill.pdf is kept");
    let draft =
        page.body.split("name=\"draft\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let part = client.get(&format!("/methods/orders.confirmation/part/1?draft={draft}")).await;
    assert_eq!(part.bytes, b"%PDF-1.4 mine");

    let path = "/methods/account.password-reset/test";
    let page = client.get(path).await;
    page.has("method=\"post\"").lacks("Zk3vT7mQxA1");
    let mut form = fields(&page);
    set(&mut form, "reset_url", "https://shop.example.test/reset/hushhush");
    let answer = client.upload(path, &borrowed(&form), &[]).await;
    assert!(!answer.header("location").contains("hushhush"));
    let page = client.follow(path, answer).await;
    page.lacks("hushhush").has("as before");
    let frame = page.body.split("<iframe").nth(1).unwrap().split("src=\"").nth(1).unwrap();
    let frame = resolved(path, &unescaped(frame.split('"').next().unwrap()));
    client.get(&frame).await.has("hushhush");
    client
        .get(&format!("{path}?name=A&email=a@x.test&reset_url=https://x.test/hush"))
        .await
        .has("not taken from a URL");
    // Nobody else gets the draft.
    let mut stranger = Client::new(site.address);
    stranger.get(&frame).await.is(401).lacks("hushhush");
    client.get(&format!("{path}?draft=nonsense")).await.is(404).has("Fill it in again");
}

#[tokio::test]
async fn what_has_rendered_is_shown_when_a_later_step_fails() {
    let (site, mut client) = Site::new().await;
    let file = site.folder.path().join("templates/account/welcome.html.j2");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("{{ name }}", "{{ nmae }}")).unwrap();
    tokio::time::sleep(Duration::from_millis(250)).await;
    let page = client.get("/methods/account.welcome/test").await;
    // Seen at load: the whole method is broken, with place, caret and the right word.
    page.is(500)
        .has("account/welcome is broken")
        .has("welcome.html.j2:")
        .has("^^^^")
        .has("did you mean `name`?");
    client.get("/methods").await.is(200).has("1 broken").has("orders/confirmation");
    // Seen only when it renders.
    std::fs::write(&file, "<p>{{ name | date }}</p>").unwrap();
    tokio::time::sleep(Duration::from_millis(250)).await;
    let page = client.get("/methods/account.welcome/test?sample=new-customer").await;
    page.is(200)
        .has("It does not render")
        .has("welcome.html.j2:1")
        .has("What has rendered is below")
        .has("Welcome, Ada");
    client
        .get("/methods/account.welcome/test?sample=new-customer&-part=text")
        .await
        .has("Welcome, Ada");
    std::fs::write(&file, "<p>Mended, {{ name }}</p>").unwrap();
    tokio::time::sleep(Duration::from_millis(250)).await;
    client.get("/methods/account.welcome/body?sample=new-customer").await.has("Mended, Ada");
}

#[tokio::test]
async fn a_call_is_copied_as_code() {
    let (_site, mut client) = Site::new().await;
    let page = client.get("/methods/orders.shipped/test").await.text();
    for words in [
        "Call::new(\"orders/shipped\")",
        "mailmethod render orders/shipped",
        "/api/v1/methods/orders.shipped/render",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[tokio::test]
async fn what_is_copied_works() {
    let (site, mut client) = Site::new().await;
    let page = client.get("/methods/orders.shipped/test?sample=at-home&locale=de").await;
    let snippet = |begin: &str| {
        let code = page.body.split(begin).nth(1).unwrap().split("</pre>").next().unwrap();
        unescaped(&format!("{}{code}", unescaped(begin)))
    };
    let curl = snippet("curl -H");
    let body = curl.split_once("-d ").unwrap().1;
    let body = body.strip_prefix('\'').unwrap().strip_suffix('\'').unwrap().replace("'\\''", "'");
    let rendered = client.api("POST", "/methods/orders.shipped/render", &body).await.is(200).json();
    assert_eq!(rendered["locale"], "de");
    let command = snippet("mailmethod render");
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_mailmethod")).parent().unwrap();
    std::fs::copy("mailmethod.yaml", site.folder.path().join("mailmethod.yaml")).unwrap();
    let run = std::process::Command::new("sh")
        .args(["-c", &format!("{command} --json")])
        .env("PATH", format!("{}:{}", program.display(), std::env::var("PATH").unwrap()))
        .current_dir(site.folder.path())
        .output()
        .unwrap();
    assert!(run.status.success(), "{command}\n{}", String::from_utf8_lossy(&run.stderr));
    let printed: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(printed["subject"], rendered["subject"]);
    assert_eq!(printed["raw"], rendered["raw"]);
}

#[tokio::test]
async fn a_secret_inside_of_a_record_is_not_taken_from_a_url() {
    let (site, mut client) = Site::new().await;
    let text = "arguments: {who: {name: string, key: {type: string, secret: true}}, \
                codes: {list: {type: string, secret: true}}}\n\
                headers: {from: a@x.test, to: b@x.test, subject: Hi}\ntext: 'Hi {{ who.name }}'\n";
    std::fs::write(site.folder.path().join("templates/keys.yaml"), text).unwrap();
    tokio::time::sleep(Duration::from_millis(250)).await;
    let page = client.get("/methods/keys/test?who.name=Ada&who.key=hush&codes.0=hush").await;
    page.is(200).has("`who.key` is secret and is not taken from a URL").lacks("hush");
    page.has("`codes.0` is secret").lacks("is kept unless");
    assert_eq!(page.body.matches("type=\"password\"").count(), 1);
}

#[tokio::test]
async fn goldens_tell_what_differs_from_what_was_reviewed() {
    let folder = crate::support::folder();
    let location = format!("sqlite:{}", folder.path().join("mail.db").display());
    let goldens = folder.path().join("golden");
    let chosen = goldens.clone();
    let (site, mut client) =
        Site::with(folder, &location, |page: Manage| page.goldens(chosen)).await;
    let path = "/methods/account.welcome/golden";
    client.get(path).await.has("No goldens yet").has("mailmethod golden --accept");
    Golden::new(&site.host.methods(), &goldens).accept().unwrap();
    client.get(path).await.has("All 6 are as reviewed");
    let file = site.folder.path().join("templates/account/welcome.txt.j2");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("Welcome,", "Good day,")).unwrap();
    std::fs::remove_file(goldens.join("account/welcome/team-account.de.txt")).unwrap();
    tokio::time::sleep(Duration::from_millis(250)).await;
    let page = client.get(path).await;
    page.has("4 of 6 differ").has("d-removed").has("d-added").has("Good day").has("missing");
    assert!(
        !goldens.join("account/welcome/team-account.de.txt").exists(),
        "looking writes nothing"
    );
    client.get("/methods/account.welcome/previews").await.has("sample=team-account&amp;locale=de");
    client
        .get("/methods/account.welcome/source")
        .await
        .has("Good day")
        .has("account/welcome.yaml")
        .has("_defaults.yaml");
}

#[tokio::test]
async fn a_test_is_sent_marked_and_to_nobody_else() {
    let (site, mut client) = Site::new().await;
    let path = "/methods/orders.confirmation/send-test";
    let mut form = fields(&client.get(TEST).await);
    set(&mut form, "-to", "eve@elsewhere.test");
    client.upload(path, &borrowed(&form), &[]).await.is(403).has("may get no test").has("@ok.test");
    set(&mut form, "-to", "nobody");
    client.upload(path, &borrowed(&form), &[]).await.is(400);
    set(&mut form, "-to", "tester@ok.test");
    let done = client.upload(path, &borrowed(&form), &[("invoice", "b.pdf", b"%PDF")]).await;
    done.is(200).has("The relay has taken the test").has("tester@ok.test");
    let taken = site.relay.taken();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].recipients, ["tester@ok.test"]);
    let message = String::from_utf8_lossy(&taken[0].bytes).into_owned();
    assert!(message.contains("Subject: [TEST] Order 2026-041 confirmed"), "{message}");
    assert!(message.to_ascii_lowercase().contains("x-mailmethods-test: 1"));
    set(&mut form, "due", "soon");
    client.upload(path, &borrowed(&form), &[]).await.is(422).has("Back to the form");
    set(&mut form, "due", "2026-12-07");
    site.relay.rule(Rule::on(Verb::Rcpt).reply("550 5.7.1 not you"));
    client
        .upload(path, &borrowed(&form), &[])
        .await
        .is(200)
        .has("550 5.7.1 not you")
        .has("was not taken");
    client.get("/log").await.has("send-test").has("orders/confirmation to tester@ok.test");
}

#[tokio::test]
async fn ten_tests_a_minute_are_enough() {
    let (site, mut client) = Site::new().await;
    let path = "/methods/account.welcome/send-test";
    let fields = [("sample", "new-customer"), ("-to", "ada@ok.test")];
    for _ in 0..10 {
        client.post(path, &fields).await.is(200);
    }
    client.post(path, &fields).await.is(429).has("Too many tests").has("Back to the form");
    assert_eq!(site.relay.taken().len(), 10);
}

#[tokio::test]
async fn a_form_becomes_a_sample_of_its_file_in_development_alone() {
    let (site, mut client) = Site::new().await;
    let path = "/methods/orders.shipped/test";
    let file = site.folder.path().join("templates/orders/shipped.yaml");
    let before = std::fs::read_to_string(&file).unwrap();
    let mut form = fields(&client.get(path).await);
    set(&mut form, "carrier", "Yes: \"quoted\" # and odd");
    for (name, status) in [("", 422), ("a b", 422), ("at-home", 409), ("../x", 422)] {
        set(&mut form, "-name", name);
        client.post("/methods/orders.shipped/samples", &borrowed(&form)).await.is(status);
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
    set(&mut form, "-name", "odd-carrier");
    let saved = client.submit("/methods/orders.shipped/samples", &borrowed(&form)).await;
    saved
        .is(200)
        .has("Saved as the sample")
        .has("odd-carrier")
        .has("Yes: &quot;quoted&quot; # and odd");
    client.get("/log").await.has("save-sample").has("orders/shipped odd-carrier");
    let after = std::fs::read_to_string(&file).unwrap();
    assert!(after.starts_with(before.trim_end()), "{after}");
    let methods = site.host.methods();
    let call = methods.get("orders/shipped").unwrap().sample("odd-carrier").unwrap();
    assert_eq!(call.arguments()["carrier"], "Yes: \"quoted\" # and odd");
    methods.call(&call).unwrap();
    // A file argument is named by hand.
    let mut form = fields(&client.get(TEST).await);
    set(&mut form, "-name", "with-file");
    client
        .upload(
            "/methods/orders.confirmation/samples",
            &borrowed(&form),
            &[("invoice", "b.pdf", b"%PDF")],
        )
        .await
        .is(422)
        .has("file: PATH");

    let mut production = production().await;
    production.1.post("/methods/orders.shipped/samples", &[("-name", "x")]).await.is(403);
    production.1.get(path).await.lacks("Save as a sample");
}

async fn production() -> (Site, Client) {
    let folder = crate::support::folder();
    let location = format!("sqlite:{}", folder.path().join("mail.db").display());
    let site = Site::host(folder, &location).await;
    let page = mailmethod::manage::router(&site.host, |_: &_| mailmethod::manage::Access::Full);
    let site = site.serve(page).await;
    let client = Client::new(site.address);
    (site, client)
}

#[tokio::test]
async fn whatever_is_given_the_form_answers() {
    let (_site, mut client) = Site::new().await;
    let rows: String = (0..1_000).map(|n| format!("&contents.{n}=thing")).collect();
    let page = client.get(&format!("/methods/orders.shipped/test?carrier=x{rows}")).await;
    page.is(200).has("name=\"contents.999\"");
    let rows: String = (0..1_500).map(|n| format!("&contents.{n}=t")).collect();
    client
        .get(&format!("/methods/orders.shipped/test?carrier=x{rows}"))
        .await
        .is(200)
        .has("1500 items");
    for query in [
        "carrier=%00%01%1b",
        "carrier=a%0d%0aBcc:%20x@y.test",
        "customer.email=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "customer=x",
        "contents.99999999999999999999=x",
        "window.start.deep.er=1",
        "window.start=never&shipped_at=2026-13-45T99:99",
        "-add=&-remove=..&-part=%3Cscript%3E&-width=9999",
        "-add=nothing&-remove=contents.99",
        "..=x&.=y&=z&&&",
        "carrier=%ff%fe",
    ] {
        let page = client.get(&format!("/methods/orders.shipped/test?{query}")).await;
        page.is(200).lacks("<script>alert").lacks("<script>\"");
    }
    let long = "x".repeat(60_000);
    client.get(&format!("/methods/orders.shipped/test?carrier={long}")).await.is(200);
    let path = "/methods/orders.confirmation/test";
    let large = vec![b'x'; 30 * 1_024 * 1_024];
    let refused =
        client.upload(path, &[("order_no", "1")], &[("invoice", "big.bin", &large)]).await;
    refused.is(413).has("too large");
    let kind = ("Content-Type", "multipart/form-data; boundary=BB");
    client.request("POST", path, &[kind], b"--BB\r\nnonsense").await.is(400);
    client.request("POST", path, &[("Content-Type", "multipart/form-data")], b"x").await.is(400);
    client.request("POST", path, &[("Content-Type", "application/json")], b"{}").await.is(303);
    for path in [
        "/methods/%00/test",
        "/methods/..%2f..%2fetc/test",
        "/methods/a%20b/golden",
        "/methods/_defaults/test",
    ] {
        client.get(path).await.is(404);
    }
}

#[tokio::test]
async fn a_long_text_is_sent_by_post_and_a_short_one_is_a_bookmark() {
    let (site, mut client) = Site::new().await;
    let text = "arguments: {to: address, note: text, more: 'any?'}\n\
                headers: {from: a@x.test, to: '{{ to }}', subject: Note}\ntext: 'Note: {{ note }} {{ more }}'\n\
                samples: {one: {to: b@x.test, note: Hi}}\n";
    std::fs::write(site.folder.path().join("templates/note.yaml"), text).unwrap();
    tokio::time::sleep(Duration::from_millis(250)).await;
    let path = "/methods/note/test";
    client.get(path).await.is(200).has("method=\"post\"").has("<textarea");
    let fields = [("to", "c@x.test"), ("note", "Come & see"), ("more", "\"7\""), ("-part", "text")];
    let answer = client.post(path, &fields).await;
    let place = answer.is(303).header("location").to_owned();
    assert!(place.contains("note=Come+%26+see") && !place.contains("draft"), "{place}");
    client.follow(path, answer).await.is(200).has("Note: Come &amp; see 7");
    let long = format!("{} the end", "x".repeat(90_000));
    let fields = [("to", "c@x.test"), ("note", long.as_str()), ("-part", "text")];
    let answer = client.post(path, &fields).await;
    assert!(answer.is(303).header("location").contains("draft="), "{:?}", answer.headers);
    client.follow(path, answer).await.is(200).has("the end").has("name=\"draft\"");
}

#[tokio::test]
async fn arguments_may_have_the_names_of_the_pages_own_words() {
    let (site, mut client) = Site::new().await;
    let file = site.folder.path().join("templates/odd.yaml");
    let text = "arguments: {locale: string, sample: string, draft: 'boolean = true', to: address}\n\
                headers: {from: a@x.test, to: '{{ to }}', subject: 'In {{ locale }}'}\n\
                text: '{{ sample }} {{ draft }}'\nsamples: {one: {locale: L, sample: S, to: b@x.test}}\n";
    std::fs::write(file, text).unwrap();
    tokio::time::sleep(Duration::from_millis(250)).await;
    let page = client.get("/methods/odd/test").await;
    page.is(200).has("In L").has("name=\"-sample\" value=\"one\"").has("name=\"-locale\"");
    let mut form = fields(&page);
    set(&mut form, "locale", "Mars");
    client.get(&format!("/methods/odd/test?{}", encoded(&borrowed(&form)))).await.has("In Mars");
}

#[tokio::test]
async fn a_method_that_vanishes_is_told() {
    let (site, mut client) = Site::new().await;
    client.get("/methods/news.digest/test").await.is(200);
    for file in ["digest.yaml", "digest.html.j2", "digest.txt.j2"] {
        std::fs::remove_file(site.folder.path().join("templates/news").join(file)).unwrap();
    }
    tokio::time::sleep(Duration::from_millis(250)).await;
    for page in ["test", "previews", "source", "golden"] {
        client.get(&format!("/methods/news.digest/{page}")).await.is(404).has("Mail methods");
    }
    client.get("/methods").await.is(200).lacks("news/digest");
}
