//! PDF pages as pictures, and whether two PDFs show the same pages.
//!
//! Refuses to trust the file: it may come from outside, so sizes are bounded and a reader that
//! gives up is an error, never a crash.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page;
use hayro::vello_cpu::Pixmap;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};

/// Widest and highest picture, in pixels.
const MOST_PIXELS: f32 = 10_000.0;
/// Largest page that is looked at, in points (two metres).
const MOST_POINTS: f32 = 5_700.0;
/// How finely [`same_pages`] looks: about 100 dots per inch.
const COMPARE_SCALE: f32 = 100.0 / 72.0;

/// Why a page cannot be shown.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    #[error("not a readable PDF document")]
    Unreadable,
    /// Pages count from 0.
    #[error("document has no page {page}")]
    NoPage { page: u32 },
    #[error("page or picture is too large")]
    TooLarge,
    #[error("picture cannot be written")]
    Picture,
}

/// Number of pages.
pub fn pages(pdf: &[u8]) -> Result<u32, PageError> {
    guarded(|| {
        let pdf = open(pdf)?;
        u32::try_from(pdf.pages().len()).map_err(|_| PageError::TooLarge)
    })
}

/// One page (from 0) as PNG on white, `width_px` wide (1 to 10,000), as high as the page asks.
pub fn page_png(pdf: &[u8], page: u32, width_px: u32) -> Result<Vec<u8>, PageError> {
    guarded(|| {
        let pdf = open(pdf)?;
        let index = usize::try_from(page).map_err(|_| PageError::NoPage { page })?;
        let sheet = pdf.pages().get(index).ok_or(PageError::NoPage { page })?;
        let (width, _) = sheet.render_dimensions();
        let wanted = u16::try_from(width_px).map_err(|_| PageError::TooLarge)?;
        if wanted == 0 {
            return Err(PageError::TooLarge);
        }
        // the renderer cuts off fractions: a hair more keeps the width asked for
        let scale = (f32::from(wanted) + 0.01) / width;
        picture(sheet, &RenderCache::new(), scale)?
            .into_png()
            .map_err(|_| PageError::Picture)
    })
}

/// Whether both documents show the same pages to the eye: equal bytes, or equal page count, equal
/// sizes and equal pixels at about 100 dpi.
///
/// What no page shows (metadata, attachments, the text layer) is not compared.
pub fn same_pages(a: &[u8], b: &[u8]) -> Result<bool, PageError> {
    if a == b {
        return Ok(true);
    }
    guarded(|| {
        let (a, b) = (open(a)?, open(b)?);
        let (left, right) = (a.pages(), b.pages());
        if left.len() != right.len() {
            return Ok(false);
        }
        let (left_cache, right_cache) = (RenderCache::new(), RenderCache::new());
        for (x, y) in left.iter().zip(right.iter()) {
            if x.render_dimensions() != y.render_dimensions() {
                return Ok(false);
            }
            let x = picture(x, &left_cache, COMPARE_SCALE)?;
            let y = picture(y, &right_cache, COMPARE_SCALE)?;
            if x.data_as_u8_slice() != y.data_as_u8_slice() {
                return Ok(false);
            }
        }
        Ok(true)
    })
}

fn open(pdf: &[u8]) -> Result<Pdf, PageError> {
    let pdf = Pdf::new(pdf.to_vec()).map_err(|_| PageError::Unreadable)?;
    if pdf.pages().is_empty() {
        Err(PageError::Unreadable)
    } else {
        Ok(pdf)
    }
}

fn picture<'a>(
    page: &'a Page<'a>,
    cache: &RenderCache<'a>,
    scale: f32,
) -> Result<Pixmap, PageError> {
    let (width, height) = page.render_dimensions();
    let bounded = |points: f32| points <= MOST_POINTS && points * scale <= MOST_PIXELS;
    if !bounded(width) || !bounded(height) {
        return Err(PageError::TooLarge);
    }
    let settings = PixmapSettings {
        x_scale: scale,
        y_scale: scale,
        bg_color: WHITE,
    };
    Ok(hayro::render(
        page,
        cache,
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &settings,
    ))
}

/// A malformed file can run the reader into one of its own assertions; that is an unreadable file.
fn guarded<T>(work: impl FnOnce() -> Result<T, PageError>) -> Result<T, PageError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(PageError::Unreadable))
}
