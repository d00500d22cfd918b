//! The keys of a method beside its headers: preheader, importance, auto_submitted, unsubscribe, and
//! the ids of a thread; through the public API, up to the bytes that leave.
#![expect(clippy::unwrap_used, clippy::panic, clippy::string_slice, reason = "these are tests")]

use std::sync::Arc;

use mailmethod::adapter::MemoryAdapter;
use mailmethod::message::{Limits, Mail, Message};
use mailmethod::render::Settings;
use mailmethod::unsubscribe::{PREVIEW_TOKEN, TokenError, Unsubscribe};
use mailmethod::{Call, MailHost, MailMethods, Stamp};

const HEAD: &str = "headers: { from: shop@example.test, to: ada@example.test, subject: Hi }\n";

fn settings() -> Settings {
    let unsubscribe = Unsubscribe::new("https://shop.test/u?t={token}&x=1").unwrap();
    let unsubscribe = unsubscribe.key("0123456789abcdef").unwrap();
    Settings { unsubscribe: Some(Arc::new(unsubscribe)), ..Settings::default() }
}

fn load(settings: Settings, files: &[(&str, String)]) -> Result<MailMethods, String> {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), text.clone()));
    MailMethods::from_embedded_with(files, settings, Limits::default())
        .map_err(|error| error.to_string())
}

/// A method of these further lines, with an HTML body.
fn method(lines: &str, html: &str) -> MailMethods {
    let files = [("a.yaml", format!("{HEAD}{lines}")), ("a.html.j2", html.to_owned())];
    load(settings(), &files).unwrap_or_else(|error| panic!("{error}"))
}

fn mail(methods: &MailMethods) -> Mail {
    methods.call(&Call::new("a")).unwrap_or_else(|error| panic!("{error}"))
}

fn error(methods: &MailMethods) -> String {
    methods.call(&Call::new("a")).unwrap_err().to_string()
}

fn headers(mail: &Mail) -> Vec<String> {
    let own = |header: &&mailmethod::message::Header| {
        !["From", "To", "Subject"].contains(&header.name().as_str())
    };
    mail.headers().iter().filter(own).map(ToString::to_string).collect()
}

fn text_of(message: &Message) -> String {
    String::from_utf8(message.as_bytes().to_vec()).unwrap()
}

mod preheader {
    use super::*;

    #[test]
    fn it_is_hidden_at_the_start_of_the_html_and_in_no_text() {
        let methods = method("preheader: \"Tom &\\n {{ 'you' }}\"", "<body>\n<p>Hello</p>");
        let mail = mail(&methods);
        assert_eq!(mail.preheader(), Some("Tom & you"));
        assert!(mail.html().unwrap().starts_with("<body>\n<div style=\"display:none;"));
        assert!(mail.html().unwrap().contains(";\">Tom &amp; you\n&#847;"));
        assert_eq!(mail.text(), Some("Hello\n"));
    }

    #[test]
    fn it_is_inherited_replaced_and_unset() {
        let files = |own: &str| {
            [
                ("_defaults.yaml", "preheader: Ours".to_owned()),
                ("a.yaml", format!("{HEAD}{own}")),
                ("a.html.j2", "<p>Hi".to_owned()),
            ]
        };
        let preheader = |own: &str| {
            let mail = mail(&load(settings(), &files(own)).unwrap());
            mail.preheader().map(str::to_owned)
        };
        assert_eq!(preheader("").as_deref(), Some("Ours"));
        assert_eq!(preheader("preheader: Mine").as_deref(), Some("Mine"));
        assert_eq!(preheader("preheader:"), None);
    }

    #[test]
    fn a_text_mail_has_none_and_a_blank_one_is_none() {
        let text =
            load(settings(), &[("a.yaml", format!("{HEAD}preheader: x\ntext: Hi"))]).unwrap();
        assert_eq!(mail(&text).preheader(), None);
        let blank = mail(&method("preheader: \"{{ '' }}\"", "<p>Hi"));
        assert_eq!((blank.preheader(), blank.html()), (None, Some("<p>Hi\n")));
    }

    #[test]
    fn what_it_prints_is_escaped_and_an_undeclared_name_is_told() {
        let files = |text: &str| {
            let yaml = format!("{HEAD}arguments: {{ v: text }}\npreheader: \"{text}\"");
            load(settings(), &[("a.yaml", yaml), ("a.html.j2", "<p>Hi".to_owned())])
        };
        let methods = files("{{ v }}").unwrap();
        let call = Call::new("a").arg("v", "</div><script>\r\nx").unwrap();
        let html = methods.call(&call).unwrap().html().unwrap().to_owned();
        assert!(html.contains("&lt;/div&gt;&lt;script&gt; x"), "{html}");
        let told = files("{{ w }}").unwrap_err();
        assert!(told.contains("`w` is not an argument of a\n --> embedded/a.yaml:3:16"), "{told}");
    }
}

mod marks {
    use super::*;

    #[test]
    fn importance_and_auto_submitted_are_headers() {
        let both = mail(&method("importance: high\nauto_submitted: auto-generated", "<p>Hi"));
        assert_eq!(
            headers(&both),
            [
                "Importance: high",
                "X-Priority: 1",
                "Auto-Submitted: auto-generated",
                "X-Auto-Response-Suppress: All"
            ]
        );
        let low = mail(&method("importance: low\nauto_submitted: no", "<p>Hi"));
        assert_eq!(headers(&low), ["Importance: low", "X-Priority: 5", "Auto-Submitted: no"]);
        assert_eq!(headers(&mail(&method("importance: normal", "<p>Hi"))), Vec::<String>::new());
    }

    #[test]
    fn a_header_and_a_call_win_over_a_key() {
        let methods = method("importance: high", "<p>Hi");
        let call = Call::new("a").header("x-priority", "3");
        assert_eq!(headers(&methods.call(&call).unwrap()), ["X-Priority: 3", "Importance: high"]);
    }

    #[test]
    fn another_word_is_refused_with_the_nearest() {
        let yaml = format!("{HEAD}importance: hgih\nauto_submitted: auto-generate\ntext: Hi");
        let told = load(settings(), &[("a.yaml", yaml)]).unwrap_err();
        assert!(told.contains("did you mean `high`?"), "{told}");
        assert!(told.contains("did you mean `auto-generated`?"), "{told}");
    }
}

mod threads {
    use super::*;

    fn of(headers: &str) -> MailMethods {
        let yaml = format!(
            "arguments: {{ parent: string?, thread: {{ list: string }} }}\ntext: Hi\n\
             headers: {{ from: shop@example.test, to: ada@example.test, {headers} }}"
        );
        load(settings(), &[("a.yaml", yaml)]).unwrap()
    }

    fn call(parent: Option<&str>, thread: &[&str]) -> Call {
        let call = Call::new("a").arg("thread", thread).unwrap();
        match parent {
            Some(parent) => call.arg("parent", parent).unwrap(),
            None => call,
        }
    }

    #[test]
    fn ids_come_from_arguments_and_are_put_in_brackets() {
        let methods = of(
            "in_reply_to: '{{ parent }}', references: [ '{{ thread | join(\" \") }}', '{{ parent }}' ]",
        );
        let found = methods.call(&call(Some("3@x.test"), &["1@x.test", "<2@x.test>"])).unwrap();
        assert_eq!(
            headers(&found),
            ["In-Reply-To: <3@x.test>", "References: <1@x.test> <2@x.test> <3@x.test>"]
        );
        let first = methods.call(&call(None, &[])).unwrap();
        assert_eq!(headers(&first), Vec::<String>::new());
    }

    #[test]
    fn an_answer_without_references_refers_to_what_it_answers() {
        let methods = of("in_reply_to: '{{ parent }}'");
        let found = methods.call(&call(Some("3@x.test"), &[])).unwrap();
        assert_eq!(headers(&found), ["In-Reply-To: <3@x.test>", "References: <3@x.test>"]);
    }

    #[test]
    fn a_call_answers_a_message_that_was_sent() {
        let methods = of("subject: Hi");
        let first = methods.call(&call(None, &[])).unwrap();
        let first = first.seal(&Stamp::now(), methods.limits()).unwrap();
        let answer = call(None, &[]).in_reply_to(first.id()).references(["0@x.test", first.id()]);
        let answer = methods.call(&answer).unwrap();
        assert_eq!(answer.header("In-Reply-To").as_deref(), Some(first.id()));
        let references = format!("<0@x.test> {}", first.id());
        assert_eq!(answer.header("References").as_deref(), Some(references.as_str()));
    }

    #[test]
    fn what_is_no_id_is_refused() {
        let methods = of("in_reply_to: '{{ parent }}'");
        for wrong in ["nothing", "a@b\r\nBcc: eve@x.test", "<a@b", "a@b,c@d>"] {
            assert!(methods.call(&call(Some(wrong), &[])).is_err(), "{wrong}");
            assert!(of("x-a: b").call(&call(None, &[]).in_reply_to(wrong)).is_err(), "{wrong}");
        }
    }
}

mod unsubscribing {
    use super::*;

    const LINK: &str = "<p><a href=\"{{ unsubscribe_url() }}\">Off</a></p>";

    /// The tokens that stand in a text behind `t=`.
    fn tokens(text: &str) -> Vec<String> {
        let text = text.replace("=\r\n", "").replace("=3D", "=").replace("\r\n ", " ");
        let end = |rest: &str| rest.find(['&', '"', '>']).unwrap_or(rest.len());
        text.split("?t=").skip(1).map(|rest| rest[..end(rest)].to_owned()).collect()
    }

    #[test]
    fn a_preview_needs_no_key_and_no_clock() {
        let settings = Settings {
            unsubscribe: Some(Arc::new(Unsubscribe::new("https://shop.test/u").unwrap())),
            ..Settings::default()
        };
        let files =
            [("a.yaml", format!("{HEAD}unsubscribe: news")), ("a.html.j2", LINK.to_owned())];
        let methods = load(settings, &files).unwrap();
        let mail = mail(&methods);
        let url = format!("https://shop.test/u/{PREVIEW_TOKEN}");
        assert_eq!(
            headers(&mail),
            [
                format!("List-Unsubscribe: <{url}>"),
                "List-Unsubscribe-Post: List-Unsubscribe=One-Click".to_owned()
            ]
        );
        assert!(mail.html().unwrap().contains(&url) && mail.text().unwrap().contains(&url));
        let preview = mail.seal(&Stamp::preview(), methods.limits()).unwrap();
        assert_eq!(preview, mail.seal(&Stamp::preview(), methods.limits()).unwrap());
        let refused = mail.seal(&Stamp::now(), methods.limits()).unwrap_err();
        let cause = std::error::Error::source(&refused).unwrap().to_string();
        assert_eq!(cause, "there is no key for unsubscribe tokens: no key is set");
    }

    #[test]
    fn what_leaves_has_the_token_of_its_recipient_everywhere() {
        let methods = method("unsubscribe: news\npreheader: '{{ unsubscribe_url() }}'", LINK);
        let stamp = Stamp::now();
        let sealed = mail(&methods).seal(&stamp, methods.limits()).unwrap();
        let text = text_of(&sealed);
        assert!(!text.contains(PREVIEW_TOKEN));
        // The header, the footnote of the text made from HTML, the preheader and the link.
        let found = tokens(&text);
        assert_eq!(found.len(), 4, "{text}");
        for token in found {
            let subscription =
                settings().unsubscribe.unwrap().verify(&token, stamp.date()).unwrap();
            assert_eq!(subscription.recipient, "ada@example.test");
            assert_eq!(subscription.list, "news");
        }
        // The same mail and stamp are the same bytes, stamped before or not.
        let stamped = mail(&methods).stamped(&stamp).unwrap();
        assert_eq!(stamped.seal(&stamp, methods.limits()).unwrap(), sealed);
    }

    #[test]
    fn a_call_to_another_recipient_has_another_token() {
        let methods = method("unsubscribe: news", LINK);
        let stamp = Stamp::now();
        let to = |address: &str| {
            let mail = methods.call(&Call::new("a").to(address)).unwrap();
            tokens(&text_of(&mail.seal(&stamp, methods.limits()).unwrap())).remove(0)
        };
        assert_ne!(to("ada@example.test"), to("eve@example.test"));
        let subscription =
            settings().unsubscribe.unwrap().verify(&to("Eve <eve@example.test>"), stamp.date());
        assert_eq!(subscription.unwrap().recipient, "eve@example.test");
    }

    #[test]
    fn a_mail_to_two_is_refused_for_one_would_unsubscribe_the_other() {
        let methods = method("unsubscribe: news", LINK);
        for call in [
            Call::new("a").to("ada@example.test, eve@example.test"),
            Call::new("a").cc("eve@example.test"),
            Call::new("a").bcc("eve@example.test"),
        ] {
            let told = methods.call(&call).unwrap_err().to_string();
            let expected = "recipients of a mail with one-click unsubscribing: 2 where at most 1";
            assert!(told.contains(expected), "{told}");
        }
    }

    #[test]
    fn the_list_is_a_template_and_a_wrong_name_is_told_at_its_place() {
        let yaml = format!(
            "arguments: {{ topic: string }}\n{HEAD}unsubscribe: 'topic/{{{{ topic }}}}'\ntext: Hi"
        );
        let methods = load(settings(), &[("a.yaml", yaml)]).unwrap();
        let call = |topic: &str| methods.call(&Call::new("a").arg("topic", topic).unwrap());
        assert!(call("rust").is_ok());
        let told = call("no spaces").unwrap_err().to_string();
        assert!(told.contains("\"topic/no spaces\" is no name of a list"), "{told}");
        assert!(told.contains("--> embedded/a.yaml:3:14"), "{told}");
    }

    #[test]
    fn the_function_and_the_key_need_each_other_and_the_setting() {
        let told = error(&method("", LINK));
        assert!(told.contains("unsubscribe_url() needs the method's key `unsubscribe`"), "{told}");
        let files =
            [("a.yaml", format!("{HEAD}unsubscribe: news")), ("a.html.j2", "<p>".to_owned())];
        let told = error(&load(Settings::default(), &files).unwrap());
        assert!(told.contains("the key `unsubscribe` needs the setting of that name"), "{told}");
        assert!(told.contains("--> embedded/a.yaml:2:14"), "{told}");
    }

    #[test]
    fn the_header_beside_the_key_is_refused_and_a_key_is_unset() {
        let header =
            "headers: { from: a@x.test, to: b@x.test, list-unsubscribe: <https://x.test> }";
        let files = |own: &str| {
            [
                ("_defaults.yaml", "unsubscribe: news".to_owned()),
                ("a.yaml", format!("{header}\ntext: Hi\n{own}")),
            ]
        };
        let told = load(settings(), &files("")).unwrap_err();
        assert!(
            told.contains("the key `unsubscribe` writes the header List-Unsubscribe"),
            "{told}"
        );
        let unset = load(settings(), &files("unsubscribe:")).unwrap();
        assert_eq!(headers(&mail(&unset)), ["List-Unsubscribe: <https://x.test>"]);
    }

    #[test]
    fn an_attachment_has_no_token_and_an_argument_cannot_take_the_name() {
        let files = [
            (
                "a.yaml",
                format!(
                    "{HEAD}text: Hi\nunsubscribe: news\nattachments: [{{ template: b.txt.j2 }}]"
                ),
            ),
            ("b.txt.j2", "{{ unsubscribe_url() }}".to_owned()),
        ];
        let told = error(&load(settings(), &files).unwrap());
        assert!(told.contains("not for attachments"), "{told}");
        let yaml = format!("{HEAD}text: Hi\narguments: {{ unsubscribe_url: url }}");
        let told = load(settings(), &[("a.yaml", yaml)]).unwrap_err();
        assert!(told.contains("`unsubscribe_url` is reserved"), "{told}");
    }

    #[tokio::test]
    async fn a_host_sends_tokens_that_it_takes_back() {
        let memory = MemoryAdapter::new();
        let mut settings = mailmethod::host::Settings::default();
        settings.rendering = super::settings();
        let host = MailHost::builder()
            .methods(method("unsubscribe: news", LINK))
            .settings(settings)
            .adapter("default", Arc::new(memory.clone()))
            .build()
            .unwrap();
        host.send(&Call::new("a")).await.unwrap();
        let mut transaction = host.begin_direct();
        transaction.stage(&Call::new("a")).unwrap();
        assert!(!transaction.staged()[0].mail().html().unwrap().contains(PREVIEW_TOKEN));
        transaction.commit().await.unwrap();
        let messages = memory.messages();
        assert_eq!(messages.len(), 2);
        for message in messages {
            let token = tokens(&text_of(&message)).remove(0);
            assert_eq!(host.subscription(&token).unwrap().recipient, "ada@example.test");
            let cut = &token[..token.len() - 2];
            assert!(matches!(
                host.subscription(cut),
                Err(TokenError::Forged | TokenError::Malformed)
            ));
        }
        let keyless = MailHost::builder().methods(method("", "<p>Hi")).build().unwrap();
        assert!(matches!(keyless.subscription("x"), Err(TokenError::NoKey { .. })));
    }

    #[tokio::test]
    async fn a_host_with_an_unset_key_does_not_open() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("mailmethod.yaml");
        let text =
            "unsubscribe: { url: 'https://x.test/u', key: '${MAILMETHOD_NO_SUCH_VARIABLE}' }";
        std::fs::write(&file, text).unwrap();
        let told = MailHost::open(&file).await.unwrap_err();
        let shown = std::error::Error::source(&told).map_or(told.to_string(), ToString::to_string);
        assert!(shown.contains("MAILMETHOD_NO_SUCH_VARIABLE is not set"), "{shown}");
    }
}
