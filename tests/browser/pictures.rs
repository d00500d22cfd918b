//! The pictures of README.md, made anew by hand: `cargo test --test browser -- --ignored pictures`.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::tab::Tab;

/// Where the pictures are.
const FOLDER: &str = "tests/pictures";
/// How large a picture may be, in octets.
const LARGEST: usize = 150_000;

/// The demo, as somebody starts it who has just installed the program.
struct Demo(Child);

impl Demo {
    fn start(folder: &Path) -> (Self, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailmethod"));
        command.args(["demo", "--no-open"]).env("TMPDIR", folder).current_dir(folder);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines.map_while(Result::ok).find_map(|line| {
            line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned)
        });
        (Self(child), url.unwrap())
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It deletes its folder itself, if it is asked.
        drop(Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status());
        drop(self.0.wait());
    }
}

#[tokio::test]
#[ignore = "it writes files: the pictures of README.md"]
async fn pictures() {
    let folder = tempfile::Builder::new().prefix("mm").tempdir_in("/tmp").unwrap();
    let (_demo, url) = Demo::start(folder.path());
    let origin = url.split("/login").next().unwrap();
    let Some(tab) = Tab::open(origin, None).await else { return };
    tab.go(&url).await;
    // All that is refused has become so, and the rest has arrived but for what goes on.
    tab.go("/overview").await;
    for (view, count) in [("sent", 15), ("dead", 4), ("deferred", 1)] {
        let shown =
            format!("Number(document.querySelector('.card [data-count={view}]').innerText)");
        tab.until(&format!("{shown} >= {count}")).await;
    }
    tab.go("/queue/all?q=to:max@slow.test").await;
    let slow = tab.ask("document.querySelector('td.what a').href").await;
    std::fs::create_dir_all(FOLDER).unwrap();
    for theme in ["light", "dark"] {
        tab.theme(theme).await;
        for (name, path, height) in [
            ("overview", "/overview", 640),
            ("test", "/methods/orders.confirmation/test", 800),
            ("mail", slow.as_str().unwrap(), 800),
        ] {
            tab.size(1280, height).await;
            tab.forget();
            tab.go(path).await;
            match name {
                "test" => {
                    tab.frame("document.images.length && document.images[0].complete").await;
                }
                "mail" => tab.finds(".verdict.s-deferred").await,
                _ => {}
            }
            // The note of the demo names a folder that changes.
            tab.ask("document.querySelector('.note')?.remove()").await;
            let file = Path::new(FOLDER).join(format!("{name}-{theme}.png"));
            let picture = settled(&tab).await;
            assert!(picture.len() < LARGEST, "{}: {} octets", file.display(), picture.len());
            std::fs::write(file, picture).unwrap();
        }
    }
}

/// A picture, once all is painted: two in a row that are equal.
async fn settled(tab: &Tab) -> Vec<u8> {
    let mut last = Vec::new();
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let picture = tab.picture().await;
        if picture == last {
            return picture;
        }
        last = picture;
    }
    panic!("the page does not come to rest");
}

#[test]
fn the_pictures_of_the_readme_are_there_and_small() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let mut named = 0;
    for part in readme.split(FOLDER).skip(1) {
        let name = part.split(['"', ')']).next().unwrap();
        let picture = std::fs::read(format!("{FOLDER}{name}")).unwrap();
        assert!(picture.starts_with(b"\x89PNG") && picture.len() < LARGEST, "{name}");
        named += 1;
    }
    assert!(named >= 4, "README.md shows {named}");
}
