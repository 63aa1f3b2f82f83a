//! The summary's sections, one below the other, as far as GitHub takes them.

const LEFT_OUT: &str = "Parts too long for a summary are left out; the output `report` has them.\n";

/// Sections in the order of how much they matter, which is the page's order.
#[derive(Default)]
pub(super) struct Page {
    sections: Vec<String>,
}

impl Page {
    /// Takes Markdown; an empty text is no section.
    pub(super) fn add(&mut self, section: String) {
        if !section.is_empty() {
            self.sections.push(section + "\n\n");
        }
    }

    /// The page in so many bytes; `None` where not even its headline has room.
    pub(super) fn finish(self, most_bytes: usize) -> Option<String> {
        let most_bytes = most_bytes.checked_sub(LEFT_OUT.len())?;
        let mut text = String::new();
        let mut is_complete = true;
        for section in &self.sections {
            // Sections are whole or missing: a cut could leave a fence or a `<details>` open.
            if text.len() + section.len() <= most_bytes {
                text += section;
            } else if text.is_empty() {
                return None;
            } else {
                is_complete = false;
            }
        }
        if !is_complete {
            text += LEFT_OUT;
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_has_no_room_is_left_out_whole() {
        let mut page = Page::default();
        for section in [
            "## Headline",
            "the cause",
            "a long tail of a log",
            "",
            "links",
        ] {
            page.add(section.to_owned());
        }
        let text = page.finish(LEFT_OUT.len() + 33).unwrap();
        assert_eq!(
            text,
            format!("## Headline\n\nthe cause\n\nlinks\n\n{LEFT_OUT}")
        );
    }

    proptest! {
        #[test]
        fn no_page_is_longer_than_its_room(lengths in proptest::collection::vec(1usize..99, 1..9), room in 0usize..500) {
            let mut page = Page::default();
            for length in &lengths {
                page.add("x".repeat(*length));
            }
            let text = page.finish(room);
            prop_assert_eq!(text.is_some(), room >= LEFT_OUT.len() + lengths[0] + 2);
            prop_assert!(text.unwrap_or_default().len() <= room);
        }
    }
}
