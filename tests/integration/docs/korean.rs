//! README.ko.md says what README.md says: the same code, the same rows, the same places, in Korean.

use super::{block, links, read};

const ENGLISH: &str = "README.md";
const KOREAN: &str = "README.ko.md";

/// A table's rows, each with its cells.
type Table = Vec<Vec<String>>;

fn both() -> (String, String) {
    (read(ENGLISH), read(KOREAN))
}

/// The lines between ``` and ```, and the lines outside of them.
fn code_and_text(page: &str) -> (Vec<String>, Vec<&str>) {
    let (mut code, mut text) = (Vec::new(), Vec::new());
    let mut inside = false;
    for line in page.lines() {
        let is_fence = line.starts_with("```");
        if is_fence && !inside {
            code.push(String::new());
        }
        if is_fence || inside {
            let open = code.last_mut().expect("a block is open");
            *open += line;
            *open += "\n";
        } else {
            text.push(line);
        }
        inside ^= is_fence;
    }
    assert!(!inside, "a code block has no end");
    (code, text)
}

fn tables(page: &str) -> Vec<Table> {
    let mut tables = Vec::new();
    let mut open = Table::new();
    for line in code_and_text(page).1 {
        if let Some(row) = line.strip_prefix('|') {
            open.push(cells(row));
        } else if !open.is_empty() {
            tables.push(std::mem::take(&mut open));
        }
    }
    tables
}

/// `a | b |` without the bar in front.
fn cells(row: &str) -> Vec<String> {
    let row = row.trim_end().trim_end_matches('|');
    let mut cells = Vec::new();
    for cell in row.split('|') {
        cells.push(cell.trim().to_owned());
    }
    cells
}

/// The `code` of a cell, sorted, since a translation may change its order; and what is left of the cell.
fn code_of(cell: &str) -> (Vec<&str>, String) {
    let (mut code, mut rest) = (Vec::new(), String::new());
    for (number, part) in cell.split('`').enumerate() {
        if number % 2 == 1 {
            code.push(part);
        } else {
            rest += part;
        }
    }
    code.sort_unstable();
    (code, rest)
}

/// `yes` says something, `0` and `–` do not.
fn has_words(text: &str) -> bool {
    text.contains(char::is_alphabetic)
}

fn is_korean(text: &str) -> bool {
    text.contains(|c| ('가'..='힣').contains(&c))
}

#[test]
fn the_code_is_the_same() {
    let (english, korean) = both();
    let (english, korean) = (code_and_text(&english).0, code_and_text(&korean).0);
    assert!(english.len() > 3, "{english:?}");
    assert_eq!(korean, english);
}

#[test]
fn the_tables_have_the_same_rows() {
    let (english, korean) = both();
    let (english, korean) = (tables(&english), tables(&korean));
    assert!(english.len() > 7, "{english:?}");
    assert_eq!(korean.len(), english.len(), "tables");
    for (ours, theirs) in english.iter().zip(&korean) {
        for (number, row) in ours.iter().enumerate() {
            let other = theirs.get(number);
            let other = other.unwrap_or_else(|| panic!("{KOREAN} lacks the row {row:?}"));
            assert_eq!(other.len(), row.len(), "{other:?} stands for {row:?}");
            for (cell, translated) in row.iter().zip(other) {
                is_translation(cell, translated);
            }
        }
        assert_eq!(theirs.len(), ours.len(), "{theirs:?}");
    }
}

/// The same code, and the same cell where there is nothing to translate.
#[track_caller]
fn is_translation(cell: &str, translated: &str) {
    let (code, words) = code_of(cell);
    assert_eq!(code_of(translated).0, code, "{translated:?} for {cell:?}");
    if !has_words(&words) {
        assert_eq!(translated, cell);
    }
}

/// A row that was only copied is not translated.
#[test]
fn the_meanings_are_in_korean() {
    let page = read(KOREAN);
    for (name, column) in [
        ("inputs", 2),
        ("outputs", 1),
        ("exit-codes", 1),
        ("paths", 1),
    ] {
        let (from, to) = block(&page, name);
        let rows = page[from..to].lines().skip(2);
        for row in rows {
            let cells = cells(row.trim_start_matches('|'));
            assert!(is_korean(&cells[column]), "{name}: {row}");
        }
    }
}

#[test]
fn the_headings_are_in_the_same_places() {
    let (english, korean) = both();
    assert_eq!(heading_levels(&korean), heading_levels(&english));
}

fn heading_levels(page: &str) -> Vec<usize> {
    let mut levels = Vec::new();
    for line in code_and_text(page).1 {
        let level = line.len() - line.trim_start_matches('#').len();
        if level > 0 {
            levels.push(level);
        }
    }
    levels
}

#[test]
fn the_links_lead_to_the_same_pages() {
    let (english, korean) = both();
    assert!(links(&english).contains(&KOREAN));
    assert!(links(&korean).contains(&ENGLISH));
    assert_eq!(pages(&korean), pages(&english));
}

/// Where a page links to, sorted; neither its own headings nor the other language.
fn pages(page: &str) -> Vec<&str> {
    let mut pages = links(page);
    pages.retain(|link| !link.starts_with('#') && ![ENGLISH, KOREAN].contains(link));
    pages.sort_unstable();
    pages
}
