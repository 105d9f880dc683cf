//! Every form on paper: filled, empty and with a long list, as PDF and as pictures to look at.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use hoso_domain::form::{Form, Orientation};
use hoso_domain::voucher::Voucher;

pub use hoso_testkit::sample::{data, empty, filled};

/// Lines of the long list.
pub const LONG: usize = 500;
/// Dots per inch of the pictures.
const DPI: u32 = 130;

/// A form and its layout as they lie in a folder.
pub struct Sheet {
    pub form: Form,
    /// Typst text; empty when the form has no layout yet.
    pub layout: String,
}

/// The forms of `folder` (`<basis>/<number>.toml` with `.typ` beside it), by number; `only` picks
/// numbers.
pub fn sheets(folder: &Path, only: &[String]) -> Result<Vec<Sheet>> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for basis in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let basis = basis?.path();
        if basis.is_dir() {
            for file in std::fs::read_dir(&basis)? {
                paths.push(file?.path());
            }
        }
    }
    paths.sort();
    let mut sheets = Vec::new();
    for path in paths {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let Some(stem) = name.strip_suffix(".toml").filter(|s| !s.contains('.')) else {
            continue;
        };
        if !only.is_empty() && !only.iter().any(|o| o == stem) {
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        let form = Form::from_toml(&text).map_err(|e| {
            let mut told = format!("{}: {e}", path.display());
            let mut cause = std::error::Error::source(&e);
            while let Some(c) = cause {
                write!(told, "\n  {c}").expect("a string takes all");
                cause = c.source();
            }
            anyhow::anyhow!(told)
        })?;
        let layout = std::fs::read_to_string(path.with_extension("typ")).unwrap_or_default();
        sheets.push(Sheet { form, layout });
    }
    Ok(sheets)
}

impl Sheet {
    pub fn name(&self) -> String {
        self.form.reference().stem().replace('/', "-")
    }

    /// The voucher as PDF.
    pub fn pdf(&self, voucher: &Voucher) -> Result<Vec<u8>> {
        let data = data(&self.form);
        hoso_print::render_with(&self.layout, &self.form, voucher, &data)
            .with_context(|| format!("form {}", self.form.number))
    }

    /// Writes `<name>-<what>.pdf` and a picture of its first and last page; replies the page count.
    pub fn write(&self, out: &Path, what: &str, voucher: &Voucher) -> Result<u32> {
        let pdf = self.pdf(voucher)?;
        let base = format!("{}-{what}", self.name());
        std::fs::write(out.join(format!("{base}.pdf")), &pdf)?;
        let pages = hoso_print::pages(&pdf)?;
        let inches_x100 = match self.form.orientation {
            Orientation::Portrait => 827,
            Orientation::Landscape => 1169,
        };
        let mut shown = vec![0, pages.saturating_sub(1)];
        shown.dedup();
        for page in shown {
            let picture = hoso_print::page_png(&pdf, page, DPI * inches_x100 / 100)?;
            std::fs::write(out.join(format!("{base}-{}.png", page + 1)), picture)?;
        }
        Ok(pages)
    }
}
