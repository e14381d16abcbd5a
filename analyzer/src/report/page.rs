//! The page: its markup, style and scripts around the data.
//!
//! Its policy names the hashes of its own style and script and allows nothing else: whatever a name in a recording
//! says, no other script runs and nothing is fetched or sent.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::packed::base64;

const MARKUP: &str = include_str!("page/page.html");

const STYLES: &[&str] = &[
    include_str!("page/colours.css"),
    include_str!("page/layout.css"),
    include_str!("page/figures.css"),
    include_str!("page/print.css"),
];

/// In the order in which they need each other.
const SCRIPTS: &[&str] = &[
    include_str!("page/elements.js"),
    include_str!("page/numbers.js"),
    include_str!("page/packed.js"),
    include_str!("page/commands.js"),
    include_str!("page/axes.js"),
    include_str!("page/facts.js"),
    include_str!("page/tables.js"),
    include_str!("page/histogram.js"),
    include_str!("page/states.js"),
    include_str!("page/heat.js"),
    include_str!("page/palettes.js"),
    include_str!("page/flame.js"),
    include_str!("page/subsecond.js"),
    include_str!("page/lanes.js"),
    include_str!("page/timeline.js"),
    include_str!("page/start.js"),
];

/// The whole file.
pub fn html(title: &str, data: &Value) -> String {
    let style = STYLES.concat();
    let script = format!("\"use strict\";\n(() => {{\n{}}})();\n", SCRIPTS.concat());
    let parts = [
        ("{{policy}}", policy(&style, &script)),
        ("{{title}}", markup(title)),
        ("{{style}}", style),
        ("{{data}}", in_script(&data.to_string())),
        ("{{script}}", script),
    ];
    let mut page = String::new();
    let mut rest = MARKUP;
    for (place, text) in &parts {
        // Each stands there once, in this order: no text that was put in is looked at again.
        if let Some((before, after)) = rest.split_once(place) {
            page.push_str(before);
            page.push_str(text);
            rest = after;
        }
    }
    page + rest
}

fn policy(style: &str, script: &str) -> String {
    let hash = |text: &str| format!("'sha256-{}'", base64(&Sha256::digest(text.as_bytes())));
    format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        hash(style),
        hash(script)
    )
}

/// Text between tags.
fn markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// JSON that cannot end its element, nor be taken for markup by anyone. These letters only occur within its strings.
fn in_script(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                text.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            _ => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_name_becomes_markup() {
        let names = ["</script><script>alert(1)</script>", "<!--", "a\u{2028}b", "{{script}}"];
        let page = html("<b>&", &json!({ "names": names }));
        assert!(page.contains("<title>&lt;b&gt;&amp;"), "the title is text");
        assert!(!page.contains("<script>alert") && !page.contains('\u{2028}'));
        assert_eq!(page.matches("</script>").count(), 2);
        let (_, data) = page.split_once("type=\"application/json\">").unwrap();
        let (data, _) = data.split_once("</script>").unwrap();
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!(data["names"], json!(names));
    }

    #[test]
    fn the_policy_knows_only_this_page() {
        let page = html("a", &json!({}));
        let policy = &page[page.find("default-src 'none'").unwrap()..];
        let policy = &policy[..policy.find('"').unwrap()];
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        for (tag, end) in [("<style>", "</style>"), ("<script>", "</script>")] {
            let (_, text) = page.split_once(tag).unwrap();
            let (text, _) = text.split_once(end).unwrap();
            let hash = base64(&Sha256::digest(text.as_bytes()));
            assert!(policy.contains(&format!("'sha256-{hash}'")), "{tag}");
        }
        assert!(!page.contains("{{"), "a part is missing");
    }
}
