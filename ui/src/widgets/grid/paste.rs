//! Tab-separated text, as Excel and Calc put it on the clipboard.

/// Lines of cells; `None` for a single value, which the input takes by itself.
///
/// A cell in quotation marks may hold line ends and doubled quotation marks.
pub fn parse(text: &str) -> Option<Vec<Vec<String>>> {
    let text = text.trim_end_matches(['\r', '\n']);
    if !text.contains(['\t', '\n']) {
        return None;
    }
    let mut lines = vec![Vec::new()];
    let mut cell = String::new();
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            '\r' if !quoted => {}
            '\t' | '\n' if !quoted => {
                if let Some(line) = lines.last_mut() {
                    line.push(std::mem::take(&mut cell));
                }
                if c == '\n' {
                    lines.push(Vec::new());
                }
            }
            // a line end inside a cell: the voucher's cell has one line
            '\n' | '\r' => cell.push(' '),
            c => cell.push(c),
        }
    }
    if let Some(line) = lines.last_mut() {
        line.push(cell);
    }
    Some(lines)
}

/// The same shape, written.
pub fn write(lines: &[Vec<String>]) -> String {
    let quote = |cell: &String| {
        if cell.contains(['\t', '\n', '"']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.clone()
        }
    };
    lines
        .iter()
        .map(|line| line.iter().map(quote).collect::<Vec<_>>().join("\t"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn a_single_value_is_left_to_the_input() {
        assert_eq!(parse("1.250.000\r\n"), None);
    }

    #[test]
    fn excels_cells_come_back_as_they_were_written() {
        let cells = vec![
            vec!["Giấy in \"A4\"".to_owned(), "1.250.000".to_owned()],
            vec![String::new(), "Mực\tđen".to_owned()],
        ];
        assert_eq!(parse(&write(&cells)).unwrap(), cells);
    }

    #[test]
    fn a_line_end_inside_quotation_marks_is_no_new_line() {
        assert_eq!(
            parse("\"a\nb\"\tc").unwrap(),
            vec![vec!["a b".to_owned(), "c".to_owned()]]
        );
    }
}
