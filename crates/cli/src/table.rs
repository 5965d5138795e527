//! Aligned tables without frames.

/// Side on which a column is aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// A table for people; the last column is never padded.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns; a name that begins with `>` is aligned to the right.
    pub(crate) fn new(names: &[&str]) -> Self {
        let columns = names.iter().map(|name| match name.strip_prefix('>') {
            Some(name) => (name.to_owned(), Align::Right),
            None => ((*name).to_owned(), Align::Left),
        });
        Self { columns: columns.collect(), rows: Vec::new() }
    }

    /// Adds a row; control characters of foreign texts become spaces.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(cells.len(), self.columns.len(), "a row has a cell for each column");
        self.rows.push(cells.into_iter().map(|cell| cell.replace(char::is_control, " ")).collect());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as text; a header without any text is left out.
    pub(crate) fn render(&self) -> String {
        let head: Vec<String> = self.columns.iter().map(|(name, _)| name.clone()).collect();
        let headed = head.iter().any(|name| !name.is_empty());
        let lines: Vec<&Vec<String>> =
            headed.then_some(&head).into_iter().chain(&self.rows).collect();
        let width = |column: usize| {
            lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let mut text = String::new();
        for line in lines {
            let mut shown = String::new();
            for (column, cell) in line.iter().enumerate() {
                let pad = " ".repeat(widths[column] - cell.chars().count());
                match self.columns[column].1 {
                    Align::Left => shown.extend([cell.as_str(), &pad, "  "]),
                    Align::Right => shown.extend([&pad, cell.as_str(), "  "]),
                }
            }
            text.push_str(shown.trim_end());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_characters() {
        let mut table = Table::new(&["канал", ">знач.", "ед."]);
        table.row(["Ia Л-1".into(), "5.25".into(), "A".into()]);
        table.row(["U\n".into(), "110".into(), String::new()]);
        assert_eq!(table.render(), "канал   знач.  ед.\nIa Л-1   5.25  A\nU         110\n");
    }
}
