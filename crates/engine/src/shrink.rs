//! Photographs of papers, made small enough for a thin line. Refuses to touch anything but JPEG and
//! PNG pictures larger than a page needs, and to keep a result that is hardly smaller.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

/// The longer side that is kept, in pixels: A4 at 200 dots per inch.
const LONGEST: u32 = 2_339;
/// Pictures below this are sent as they are, in bytes.
const SMALL: usize = 300 * 1024;
/// Print and seals stay readable at this quality of JPEG.
const QUALITY: u8 = 80;
/// A picture of at most so many bytes is unpacked in memory.
const MOST_MEMORY: u64 = 512 * 1024 * 1024;

/// The picture made smaller, as JPEG; `None` where the file stays as it is.
pub fn shrink(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() < SMALL {
        return None;
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .ok()?;
    if !matches!(
        reader.format()?,
        image::ImageFormat::Jpeg | image::ImageFormat::Png
    ) {
        return None;
    }
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    // a telephone writes down how it was held instead of turning the picture
    let orientation = decoder.orientation().ok()?;
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    picture.apply_orientation(orientation);
    if picture.width().max(picture.height()) > LONGEST {
        picture = picture.resize(LONGEST, LONGEST, FilterType::CatmullRom);
    }
    // what was transparent is paper
    let flat = on_white(&picture);
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, QUALITY)
        .encode_image(&flat)
        .ok()?;
    let worth = out.len().saturating_mul(5) <= bytes.len().saturating_mul(4);
    worth.then_some(out)
}

fn on_white(picture: &DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return DynamicImage::ImageRgb8(picture.to_rgb8());
    }
    let mut flat = picture.to_rgba8();
    for pixel in flat.pixels_mut() {
        let [r, g, b, a] = pixel.0;
        let over = |c: u8| {
            let mixed = u32::from(c)
                .saturating_mul(u32::from(a))
                .saturating_add(255u32.saturating_mul(255u32.saturating_sub(u32::from(a))));
            u8::try_from(mixed / 255).unwrap_or(u8::MAX)
        };
        pixel.0 = [over(r), over(g), over(b), u8::MAX];
    }
    DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(flat).to_rgb8())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A photograph that does not compress well, as PNG.
    fn photograph(width: u32, height: u32) -> Vec<u8> {
        let mut state = 7u32;
        let picture = image::RgbImage::from_fn(width, height, |x, y| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = u8::try_from(state >> 27).unwrap_or(0);
            let shade = u8::try_from((x / 8 + y / 8) % 200).unwrap_or(0);
            image::Rgb([shade + noise, shade, noise])
        });
        let mut out = Cursor::new(Vec::new());
        DynamicImage::ImageRgb8(picture)
            .write_to(&mut out, image::ImageFormat::Png)
            .unwrap();
        out.into_inner()
    }

    #[test]
    fn a_large_photograph_becomes_a_page_and_its_shape_stays() {
        let large = photograph(3_000, 1_500);
        let small = shrink(&large).unwrap();
        assert!(
            small.len() * 2 < large.len(),
            "{} {}",
            small.len(),
            large.len()
        );
        let seen = image::load_from_memory(&small).unwrap();
        assert_eq!((seen.width(), seen.height()), (2_339, 1_170));
    }

    #[test]
    fn what_is_small_or_no_picture_stays_as_it_is() {
        assert_eq!(shrink(&photograph(60, 60)), None);
        assert_eq!(
            shrink(&[b"%PDF-1.7".as_slice(), &[7; 400_000]].concat()),
            None
        );
        // one that is damaged goes as it is: the treasury says what it thinks of it
        let mut broken = photograph(900, 900);
        broken.truncate(broken.len() / 2);
        assert_eq!(shrink(&broken), None);
    }
}
