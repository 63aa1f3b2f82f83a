//! What `check` found, a line each.

use super::layout::{INDENT, labelled};
use crate::{
    report::{
        checked::{Checked, FindingKind},
        log::Log,
    },
    words,
};

pub(super) fn tell(log: &Log, checked: &Checked) {
    log.text("");
    for finding in &checked.findings {
        // The plan has said it.
        if finding.kind == FindingKind::Slow {
            continue;
        }
        labelled(log, finding.kind.label(), &finding.text);
        if let Some(remedy) = &finding.remedy {
            log.indented(INDENT, &words::advice(remedy));
        }
    }
    log.text("");
}
