//! A reader for the catalogues' CSV: RFC 4180, one header line. Refuses anything looser.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{CatalogueError, Certainty};

/// A CSV file with its header.
pub(super) struct Table {
    header: BTreeMap<String, usize>,
    lines: Vec<(usize, Vec<String>)>,
}

/// One record; `number` is its line in the file, from 1.
pub(super) struct Line<'a> {
    header: &'a BTreeMap<String, usize>,
    cells: &'a [String],
    pub(super) number: usize,
}

impl Table {
    pub(super) fn read(csv: &str) -> Result<Table, CatalogueError> {
        let mut records = records(csv)?.into_iter();
        let (_, names) = records.next().ok_or(CatalogueError::Csv { line: 1 })?;
        let width = names.len();
        let header = names.into_iter().enumerate().map(|(i, n)| (n, i)).collect();
        let lines: Vec<_> = records.collect();
        if let Some((line, _)) = lines.iter().find(|(_, cells)| cells.len() != width) {
            return Err(CatalogueError::Csv { line: *line });
        }
        Ok(Table { header, lines })
    }

    pub(super) fn column(&self, column: &'static str) -> Result<(), CatalogueError> {
        if self.header.contains_key(column) {
            Ok(())
        } else {
            Err(CatalogueError::NoColumn { column })
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.lines.iter().map(|(number, cells)| Line {
            header: &self.header,
            cells,
            number: *number,
        })
    }
}

impl Line<'_> {
    pub(super) fn text(&self, column: &str) -> String {
        self.header
            .get(column)
            .and_then(|i| self.cells.get(*i))
            .cloned()
            .unwrap_or_default()
    }

    pub(super) fn date(&self, column: &'static str) -> Result<Option<NaiveDate>, CatalogueError> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        NaiveDate::parse_from_str(&text, "%Y-%m-%d")
            .map(Some)
            .map_err(|_| CatalogueError::Malformed {
                line: self.number,
                column,
            })
    }

    pub(super) fn certainty(&self) -> Result<Certainty, CatalogueError> {
        match self.text("certainty").as_str() {
            "law" => Ok(Certainty::Law),
            "likely" => Ok(Certainty::Likely),
            "unsure" => Ok(Certainty::Unsure),
            _ => Err(CatalogueError::Malformed {
                line: self.number,
                column: "certainty",
            }),
        }
    }
}

/// Records with the line each starts on.
fn records(csv: &str) -> Result<Vec<(usize, Vec<String>)>, CatalogueError> {
    let mut out = Vec::new();
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut chars = csv.chars().peekable();
    let (mut line, mut start) = (1usize, 1usize);
    let mut quoted = false;
    while let Some(c) = chars.next() {
        if c == '\n' {
            line = line.saturating_add(1);
        }
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => {
                quoted = false;
                if !matches!(chars.peek(), None | Some(',' | '\n' | '\r')) {
                    return Err(CatalogueError::Csv { line });
                }
            }
            _ if quoted => cell.push(c),
            '"' if cell.is_empty() => quoted = true,
            '"' => return Err(CatalogueError::Csv { line }),
            ',' => cells.push(std::mem::take(&mut cell)),
            '\r' => {}
            '\n' => {
                cells.push(std::mem::take(&mut cell));
                out.push((start, std::mem::take(&mut cells)));
                start = line;
            }
            _ => cell.push(c),
        }
    }
    if quoted {
        return Err(CatalogueError::Csv { line });
    }
    if !cell.is_empty() || !cells.is_empty() {
        cells.push(cell);
        out.push((start, cells));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_commas_and_line_breaks_are_read() {
        let read = records("a,\"b, \"\"c\"\"\"\n\"x\ny\",z\n").expect("reads");
        assert_eq!(
            read,
            [
                (1, vec!["a".to_owned(), "b, \"c\"".to_owned()]),
                (2, vec!["x\ny".to_owned(), "z".to_owned()]),
            ]
        );
    }

    #[test]
    fn a_torn_file_is_refused() {
        for csv in ["a,\"b", "a\"b,c\n", "\"a\"b,c\n"] {
            assert!(records(csv).is_err(), "{csv}");
        }
        assert!(Table::read("a,b\n1\n").is_err());
        assert!(Table::read("").is_err());
    }
}
