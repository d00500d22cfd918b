use super::from_html;
use proptest::prelude::*;
#[track_caller]
fn check(html: &str, expected: &str) {
    assert_eq!(from_html(html), expected);
}

const RECEIPT: &str = r##"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Receipt</title>
<style>.button { color: #fff } td > p { margin: 0 }</style></head>
<body style="margin:0">
<div style="display:none;font-size:1px;max-height:0px">Your order is paid.&nbsp;&zwnj;&nbsp;&zwnj;</div>
<!--[if mso]><table><tr><td>Outlook only</td></tr></table><![endif]-->
<table role="presentation" width="100%"><tr><td align="center">
 <table role="presentation" width="600">
  <tr><td><a href="https://shop.example.test/"><img src="logo.png" alt="The Shop"></a></td></tr>
  <tr><td style="font-size:0px"><div style="font-size:16px">
    <h1>Thank you, Ada!</h1>
    <p>Your order <b>2026-041</b> is paid. We send it within two&nbsp;days to the address
       that you gave us, and write to you again as soon as it is on its way.</p>
    <table width="100%">
      <tr><th align="left">Item</th><th>Qty</th><th>Price</th></tr>
      <tr><td>Mug<br><small>blue</small></td><td>2</td><td>&euro;24.00</td></tr>
      <tr><td>Tea towel &amp; hook</td><td>10</td><td>&euro;7.50</td></tr>
      <tr><td colspan="2">Total</td><td>&euro;31.50</td></tr>
    </table>
    <table role="presentation"><tr><td bgcolor="#0055ff"><a class="button"
      href='https://shop.example.test/orders/2026-041?a=1&amp;b=2'>View your order</a></td></tr></table>
    <p>Questions? <a href="mailto:help@example.test?subject=2026-041">Write to us</a> or call
       <a href="tel:+4312345">+43&nbsp;1&nbsp;2345</a>.</p>
  </div></td></tr>
  <tr><td><hr><p style="font-size:12px">The Shop &middot; 12 Long Street &middot; Vienna<br>
    <a href="https://shop.example.test/">shop.example.test</a> |
    <a href="https://shop.example.test/unsubscribe">Unsubscribe</a></p></td></tr>
 </table>
</td></tr></table>
<img src="https://t.example.test/pixel" width="1" height="1" alt="">
</body></html>"##;

#[test]
fn a_receipt_reads_like_a_letter() {
    check(
        RECEIPT,
        "\
The Shop [1]

Thank you, Ada!
===============

Your order 2026-041 is paid. We send it within two\u{a0}days to the address
that you gave us, and write to you again as soon as it is on its way.

Item              Qty   Price
----------------  ---  ------
Mug                 2  €24.00
blue
Tea towel & hook   10   €7.50
Total                  €31.50

View your order [2]

Questions? Write to us (help@example.test) or call +43\u{a0}1\u{a0}2345.

----------------------------------------

The Shop · 12 Long Street · Vienna
shop.example.test [1] | Unsubscribe [3]

[1] https://shop.example.test/
[2] https://shop.example.test/orders/2026-041?a=1&b=2
[3] https://shop.example.test/unsubscribe
",
    );
}

#[test]
fn paragraphs_headings_and_breaks_are_parted() {
    check("<p>One<p>Two<div>Three</div>Four", "One\n\nTwo\n\nThree\nFour\n");
    check("<h2>Über uns</h2>Text<h3>More</h3>", "Über uns\n--------\n\nText\n\nMore\n");
    check("a<br>b<br/><br><br>c<br>", "a\nb\n\nc\n");
    check("  \n a \n  b\t<b> c</b>  ", "a b c\n");
    check("", "");
    check("<p>&nbsp;</p><br>", "");
}

#[test]
fn lists_have_marks_and_nest() {
    check(
        "<p>Steps:</p><ol start=9><li>Open<li><p>Sign</p><ul><li>here</li><li>and there</ul><li>Send</ol>Done",
        "Steps:\n\n9. Open\n10. Sign\n\n    - here\n    - and there\n11. Send\n\nDone\n",
    );
    check(
        "<ul><li>A text that is long enough to need a second line of its own in seventy-two characters",
        "- A text that is long enough to need a second line of its own in\n  seventy-two characters\n",
    );
    check("<dl><dt>Plan<dd>Team<dt>Due<dd>May</dl>", "Plan\n  Team\nDue\n  May\n");
}

#[test]
fn quotations_and_preformatted_text_keep_their_form() {
    check(
        "Ada wrote:<blockquote><p>One</p><blockquote>Two</blockquote><p>Three</p></blockquote>Four",
        "Ada wrote:\n\n> One\n>\n> > Two\n>\n> Three\n\nFour\n",
    );
    check("<pre>\n  a  &lt;b\n\n\n\tc  \n</pre>d", "  a  <b\n\n\tc\n\nd\n");
}

#[test]
fn links_are_footnotes_unless_their_text_says_it() {
    check(
        "<a href=https://a.test/x>one</a>, <a href='https://a.test/x'>two</a>, <a href=\"https://b.test\"> three </a>.",
        "one [1], two [1], three [2] .\n\n[1] https://a.test/x\n[2] https://b.test\n",
    );
    check("<a href='https://a.test/'>https://a.test</a>", "https://a.test\n");
    check("<a href='#top'>Top</a> <a href=''>none</a> <a name=x>name</a>", "Top none name\n");
    check("<a href='javascript:alert(1)'>run</a>", "run\n");
    check(
        "<a href='mailto:ada@a.test'>ada@a.test</a> <a href='mailto:b@a.test'><img></a>",
        "ada@a.test b@a.test\n",
    );
    check("<a href='https://a.test/1'><img src=x></a>", "[1]\n\n[1] https://a.test/1\n");
    check(
        "<a href='https://a.test/1'><table><tr><td>Button</td></tr></table></a>after",
        "Button [1]\n\nafter\n\n[1] https://a.test/1\n",
    );
}

#[test]
fn a_long_url_is_never_broken() {
    let url = format!("https://a.test/{}", "x".repeat(200));
    check(&format!("<a href='{url}'>{url}</a>"), &format!("{url}\n"));
    check(&format!("<a href='{url}'>Go</a>"), &format!("Go [1]\n\n[1] {url}\n"));
}

#[test]
fn what_is_hidden_is_not_read() {
    for hidden in [
        "<div style='DISPLAY : none !important'><p>x</p></div>",
        "<span style=\"mso-hide:all\">x</span>",
        "<p hidden>x</p>",
        "<div style='max-height:0;overflow:hidden'><table><tr><td>x</td></tr></table></div>",
        "<div style='font-size:0'>x<span>x</span></div>",
        "<div style='opacity:0'>x</div>",
        "<svg><text>x</text></svg>",
        "<select><option>x</select>",
        "<head><meta name=x>x</head>",
    ] {
        check(&format!("<p>a</p>{hidden}<p>b</p>"), "a\n\nb\n");
    }
    check("<td style='font-size:0px'>x<div style='font-size:13px'>seen</div></td>", "seen\n");
    check("<div style='font:16px/0 Arial'>seen</div><div style='font:0/0 a'>x</div>", "seen\n");
    check("<div style='opacity:0.9;max-height:100px'>seen</div>", "seen\n");
}

#[test]
fn padding_goes_and_characters_stay() {
    check("a&nbsp;&zwnj;&nbsp;&zwnj;&#8199;&#65279;&#847; b", "a b\n");
    check("10&nbsp;&euro; soft&shy;ware zero&#8203;width", "10\u{a0}€ software zerowidth\n");
    check("👩\u{200d}👧 می\u{200c}خواهم", "👩\u{200d}👧 می\u{200c}خواهم\n");
    check("1 &lt; 2 &lt;b&gt; &#27;[31m", "1 < 2 <b> [31m\n");
}

#[test]
fn a_layout_table_flows_and_its_cells_are_lines() {
    check(
        "<table role=presentation><tr><td><p>Left</p></td><td>Right</td></tr><tr><td>Next</td></tr></table>",
        "Left\n\nRight\n\nNext\n",
    );
    check(
        "<table role=presentation><tr><td>Left</td><td>Right</td></tr><tr><td>Next</table>end",
        "Left\nRight\n\nNext\n\nend\n",
    );
}

#[test]
fn short_cells_are_columns_even_without_headers() {
    check(
        "<table><tr><td>Subtotal:</td><td>&euro;9.00</td></tr><tr><td>VAT:</td><td>&euro;11.80</td></tr></table>",
        "Subtotal:   €9.00\nVAT:       €11.80\n",
    );
    check(
        "<blockquote><table><caption>Plans</caption><thead><tr><th>Plan<th>Price<tbody><tr><td><a href='https://a.test'>Team</a><td>9</table></blockquote>",
        "> Plans\n>\n> Plan      Price\n> --------  -----\n> Team [1]      9\n\n[1] https://a.test\n",
    );
}

#[test]
fn a_table_that_is_too_wide_becomes_records() {
    let long = "a description of the thing that goes on and on until it is wider than a line";
    check(
        &format!("<table><tr><th>Item<th>Text<tr><td>Mug<td>{long}<tr><td>Cup<td>-</table>"),
        "Item: Mug\nText: a description of the thing that goes on and on until it is wider\n  than a line\n\nItem: Cup\nText: -\n",
    );
}

#[test]
fn hostile_input_ends_and_gives_bounded_text() {
    let filled = |part: &str, size: usize| part.repeat(size / part.len() + 1);
    for part in [
        "<div>",
        "</div>",
        "<b></p>",
        "<",
        "&",
        "&#",
        "<!--",
        "<a href=\"",
        "<a href='x'>",
        "<p><b>",
        "<table>",
        "<table><tr><td>",
        "<td>a",
        "<tr><td>a<td>b",
        "<blockquote>a",
        "<ul><li>a",
        "<li>a",
        "<style>",
        "</",
        "<a b='",
        "<svg>",
        "<td><i></b>",
        "x<br>",
        "<pre> \n",
        "<h1>a",
        "&nbsp;",
        "<td colspan=9999>a",
        "<table><tr><td>a<td>b</table>",
        "<!",
        "<![CDATA[",
        "\u{200d}",
        "a\u{200d} ",
        "<span hidden>",
        "<a href=https://a.test/&#49;>a",
        "<dd>a",
        "<q>",
        "<img alt=a>",
        "<th>a",
    ] {
        // Time is not measured: what is quadratic hangs here for minutes.
        let html = filled(part, 60_000);
        let text = from_html(&html);
        assert!(text.len() < 16 * html.len(), "{part} gave {} bytes", text.len());
    }
    let attribute =
        format!("<p title='{}' style='{}'>a", filled("x", 100_000), filled("font:0;", 100_000));
    check(&attribute, "");
    check(&format!("{}deep", filled("<div>", 1_000_000)), "deep\n");
}

fn soup() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "p",
        "div",
        "table",
        "tr",
        "td",
        "th",
        "ul",
        "ol",
        "li",
        "a",
        "b",
        "pre",
        "blockquote",
        "h1",
        "h2",
        "br",
        "hr",
        "img",
        "span",
        "head",
        "body",
        "svg",
        "dd",
        "q",
        "caption",
        "tbody",
    ]);
    let attribute = prop::sample::select(vec![
        "",
        " hidden",
        " href='https://a.test/'",
        " alt=\"x y\"",
        " colspan=3",
        " style='font-size:0'",
        " role=presentation",
        " href=mailto:a@b.test",
        " style=\"font-size:9px\"",
        " start=7",
    ]);
    let piece = prop_oneof![
        (name.clone(), attribute).prop_map(|(name, attribute)| format!("<{name}{attribute}>")),
        name.prop_map(|name| format!("</{name}>")),
        "[a-z0-9 \n\u{a0}\u{200d}é]{0,30}",
        prop::sample::select(vec!["&lt; ", "&nbsp;", "&", "&#10;", "<!-- x -->", "< ", "'", "\""])
            .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_taken(html in "\\PC{0,200}") {
        from_html(&html);
    }

    #[test]
    fn the_text_has_no_tag_and_a_regular_form(html in soup()) {
        let text = from_html(&html);
        prop_assert!(!text.contains("</") && !text.contains("<p") && !text.contains("<t"), "{}", text);
        prop_assert!(text.is_empty() || text.ends_with('\n') && !text.ends_with("\n\n"), "{:?}", text);
        prop_assert!(!text.starts_with('\n') && !text.contains("\n\n\n"), "{:?}", text);
        for line in text.lines() {
            prop_assert_eq!(line, line.trim_end());
        }
    }
}
