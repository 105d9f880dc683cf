//! The typesetter: embedded fonts and helpers, one layout and one JSON value in, PDF/A-2b out.
//!
//! Refuses every outside source: a layout can import only the helpers named here.

use std::collections::HashMap;
use std::sync::OnceLock;

use chrono::{Datelike, NaiveDate};
use typst::diag::SourceDiagnostic;
use typst::foundations::{Bytes, Datetime, Dict, IntoValue, Smart};
use typst::layout::Abs;
use typst::text::{Font, FontVariant, FontVariations};
use typst_as_lib::{TypstAsLibError, TypstEngine, TypstTemplateMainFile};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::PrintError;

/// Liberation Serif (OFL 1.1, fonts/LICENSE-OFL-1.1.txt): the metrics of Times New Roman, which
/// Decree 30/2020 prescribes for papers of state bodies.
const FONTS: [&[u8]; 4] = [
    include_bytes!("../fonts/LiberationSerif-Regular.ttf"),
    include_bytes!("../fonts/LiberationSerif-Bold.ttf"),
    include_bytes!("../fonts/LiberationSerif-Italic.ttf"),
    include_bytes!("../fonts/LiberationSerif-BoldItalic.ttf"),
];

/// What a layout may import.
const HELPERS: [(&str, &str); 2] = [
    ("form.typ", include_str!("form.typ")),
    ("reconciliation.typ", include_str!("reconciliation.typ")),
];

fn fonts() -> &'static [Font] {
    static FACES: OnceLock<Vec<Font>> = OnceLock::new();
    FACES.get_or_init(|| {
        FONTS
            .iter()
            .flat_map(|face| Font::iter(Bytes::new(*face)))
            .collect()
    })
}

/// An engine for one layout. What is costly, fonts and typst's memory of earlier runs, is shared.
fn engine(layout: &str) -> TypstEngine<TypstTemplateMainFile> {
    TypstEngine::builder()
        .main_file(layout)
        .fonts(fonts().iter().cloned())
        .with_static_source_file_resolver(HELPERS)
        // what two runs share stays warm; the rest does not pile up in a long-lived program
        .comemo_evict_max_age(Some(2))
        .build()
}

/// Whether all four faces can show the character, and it does not change the direction of text.
pub(crate) fn shows(c: char) -> bool {
    let steers =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let private = matches!(c, '\u{e000}'..='\u{f8ff}');
    !c.is_control()
        && !steers
        && !private
        && fonts()
            .iter()
            .all(|face| face.info().coverage.contains(u32::from(c)))
}

/// Width of a letter in regular type, in parts of the text's size; none for a letter outside Latin,
/// of which two side by side may stand further apart than each alone would (kerning).
pub(crate) fn ems(c: char) -> Option<f64> {
    static LATIN: OnceLock<HashMap<char, f64>> = OnceLock::new();
    let widths = LATIN.get_or_init(|| {
        let Some(regular) = fonts().first().cloned() else {
            return HashMap::new();
        };
        let regular = regular.instantiate(
            FontVariant::default(),
            Abs::pt(10.0),
            &FontVariations::default(),
        );
        ('\u{20}'..='\u{24f}')
            .chain('\u{1ea0}'..='\u{1ef9}')
            .filter_map(|c| {
                let glyph = regular.ttf().glyph_index(c)?;
                Some((c, regular.x_advance(glyph.0)?.get()))
            })
            .collect()
    });
    widths.get(&c).copied()
}

/// Sets one layout, given as its text, with one JSON value.
///
/// `identity` names the document for good (it becomes the file identifier); `date` is the date of
/// creation written into it.
pub(crate) fn set(
    layout: &str,
    data: &serde_json::Value,
    identity: &str,
    date: NaiveDate,
) -> Result<Vec<u8>, PrintError> {
    let mut inputs = Dict::new();
    inputs.insert("data".into(), data.to_string().into_value());
    let document: PagedDocument =
        engine(layout)
            .compile_with_input(inputs)
            .output
            .map_err(|error| {
                PrintError::Layout(match error {
                    TypstAsLibError::TypstSource(list) => messages(&list),
                    other => other.to_string(),
                })
            })?;
    let options = PdfOptions {
        ident: Smart::Custom(identity.to_owned()),
        creator: Smart::Custom(Some("Hoso".to_owned())),
        timestamp: midnight(date).map(Timestamp::new_utc),
        page_ranges: None,
        standards: PdfStandards::new(&[PdfStandard::A_2b])
            .map_err(|error| PrintError::Export(error.message().to_string()))?,
        tagged: true,
        pretty: false,
    };
    typst_pdf::pdf(&document, &options).map_err(|list| PrintError::Export(messages(&list)))
}

fn midnight(date: NaiveDate) -> Option<Datetime> {
    let (month, day) = (
        u8::try_from(date.month()).ok()?,
        u8::try_from(date.day()).ok()?,
    );
    Datetime::from_ymd_hms(date.year(), month, day, 0, 0, 0)
}

fn messages(list: &[SourceDiagnostic]) -> String {
    list.iter()
        .map(|d| d.message.as_str())
        .collect::<Vec<_>>()
        .join("; ")
}
