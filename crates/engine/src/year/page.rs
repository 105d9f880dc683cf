//! The page that opens an audit export: plain HTML, no script, nothing from a network.

use super::trail::Reach;
use super::{Book, Entry};

/// `index.html`; `reach` is of the trail beside it.
pub fn index(book: &Book, reach: &Reach) -> String {
    let mut body = format!(
        "<h1>Hồ sơ thanh toán năm {}</h1>\
         <p>Xuất lúc {}. {} hồ sơ. Sổ đăng ký: <a href=\"so-dang-ky.xlsx\">so-dang-ky.xlsx</a>. \
         Nhật ký: <a href=\"nhat-ky.html\">để đọc</a>, <a href=\"nhat-ky.csv\">để kiểm tra</a>.</p>",
        book.year,
        hoso_text::date_time(book.made_at),
        book.entries.len()
    );
    if let Some(last) = reach.last {
        body.push_str(&format!(
            "<p class=\"hash\">Dòng cuối của nhật ký: {} · SHA-256 {}</p>",
            last.seq, last.hash
        ));
    }
    body.push_str(&reach.told().unwrap_or_default());
    for unit in &book.units {
        body.push_str(&format!(
            "<h2>{} · {}</h2><table><thead><tr><th>Số</th><th>Nội dung</th><th>Đơn vị nhận tiền</th>\
             <th>Số tiền</th><th>Tình trạng</th><th>Chữ ký, biên nhận</th><th>Tệp</th></tr></thead><tbody>",
            escape(&unit.code),
            escape(&unit.name)
        ));
        for entry in book.of(unit.id) {
            body.push_str(&row(entry));
        }
        body.push_str("</tbody></table>");
    }
    body.push_str(
        "<h2>Kiểm tra chữ ký</h2><p>Tệp <code>ho-so.asice</code> là hồ sơ đã ký (ASiC-E, CAdES). Giải nén \
         rồi kiểm tra bằng OpenSSL, hoặc chạy <code>hoso verify</code>. Bản in <code>.pdf</code> nằm trong \
         đó là bản người ký đã xem. Hồ sơ lập lại sau khi đã ký thì mỗi bản một tệp: \
         <code>ho-so-ban-1.asice</code>, <code>ho-so-ban-2.asice</code>…</p>",
    );
    format!(
        "{}{body}{END}",
        begin(&format!("Hồ sơ thanh toán năm {}", book.year))
    )
}

fn row(entry: &Entry) -> String {
    let mut proof: Vec<String> = entry.signatures.iter().map(|s| escape(s)).collect();
    let receipts = entry.receipts.iter();
    proof.extend(receipts.map(|r| format!("Biên nhận {}", escape(r))));
    let mut state = escape(&entry.local);
    for more in [&entry.treasury, &entry.treasury_number] {
        if !more.is_empty() {
            state.push_str(&format!("<br>{}", escape(more)));
        }
    }
    let mut files: Vec<String> = entry
        .files
        .iter()
        .map(|name| {
            let link = link(&format!("{}/{name}", entry.folder));
            // the name it had before the disk's rules
            let whole = entry.names.get(name).unwrap_or(name);
            format!("<a href=\"{link}\">{}</a>", escape(whole))
        })
        .collect();
    if !entry.whole {
        files.push("<b>Có tệp không đọc được</b>".to_owned());
    }
    format!(
        "<tr><td>{}</td><td>{}<br><small>Mẫu {} · {}</small></td><td>{}</td><td class=\"n\">{}</td>\
         <td>{state}</td><td>{}</td><td>{}</td></tr>",
        escape(&entry.number),
        escape(&entry.title),
        escape(&entry.form),
        escape(&entry.day),
        escape(&entry.payee),
        escape(&entry.total.to_string()),
        proof.join("<br>"),
        files.join("<br>")
    )
}

/// A page with its looks, up to its body.
pub fn begin(title: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"vi\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{}</title><style>{LOOKS}</style>\
         </head><body>",
        escape(title)
    )
}

/// What ends a page.
pub const END: &str = "</body></html>\n";

const LOOKS: &str = "body{font:15px/1.45 'Segoe UI','Noto Sans',sans-serif;margin:2rem auto;\
    max-width:1200px;padding:0 1rem;color:#1b2733}h1{font-size:1.5rem}h2{font-size:1.15rem;\
    margin-top:2rem}table{border-collapse:collapse;width:100%}th,td{border:1px solid #c9d3dd;\
    padding:.35rem .5rem;text-align:left;vertical-align:top}th{background:#eef3f8}.n{text-align:right;\
    font-variant-numeric:tabular-nums;white-space:nowrap}small,.hash{color:#51606f}\
    .hash{word-break:break-all}@media print{a{color:inherit}}";

/// Text for HTML and its attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A path as a link: everything but plain letters percent-encoded (RFC 3986).
fn link(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_the_page_or_of_a_link() {
        assert_eq!(
            escape("<b onclick='x'>&\"</b>"),
            "&lt;b onclick=&#39;x&#39;&gt;&amp;&quot;&lt;/b&gt;"
        );
        assert_eq!(
            link("1123456/2026 7 Tiền #1/a.pdf"),
            "1123456/2026%207%20Ti%E1%BB%81n%20%231/a.pdf"
        );
    }
}
