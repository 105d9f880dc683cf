//! One typed value: what is on the screen while typing, and what is kept afterwards.
//!
//! Nothing is rewritten during `input`; the value takes its shape when the field is left.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use leptos::prelude::*;

use hoso_domain::form::FieldKind;

use super::grid::rows::RowDraft;
use crate::rules;

/// Where what is typed is kept.
#[derive(Clone)]
enum Keep {
    Field,
    Cell { line: RowDraft, column: String },
}

/// A value under the hands of a person.
#[derive(Clone)]
pub struct Typing {
    pub kind: FieldKind,
    value: ArcRwSignal<String>,
    keep: Keep,
    /// Whether the text on the screen is ahead of the value's proper shape.
    raw: Arc<AtomicBool>,
}

impl Typing {
    /// A field of the voucher.
    pub fn field(kind: FieldKind, value: ArcRwSignal<String>) -> Self {
        Self::new(kind, value, Keep::Field)
    }

    /// A cell of a line.
    pub fn cell(kind: FieldKind, line: RowDraft, column: &str) -> Self {
        let (value, column) = (line.cell(column), column.to_owned());
        Self::new(kind, value, Keep::Cell { line, column })
    }

    fn new(kind: FieldKind, value: ArcRwSignal<String>, keep: Keep) -> Self {
        Self {
            kind,
            value,
            keep,
            raw: Arc::new(AtomicBool::new(false)),
        }
    }

    fn keep(&self, value: String) {
        match &self.keep {
            Keep::Field => self.value.set(value),
            Keep::Cell { line, column } => line.put(column, value),
        }
    }

    /// As it is kept; reading it follows it.
    pub fn kept(&self) -> String {
        self.value.get()
    }

    /// As shown where nobody types: `1.250.000`, `22/11/2026`.
    pub fn shown(&self) -> String {
        self.value.with(|v| rules::display(self.kind, v))
    }

    /// As typed into: amounts without dots, so that a digit can be put between others.
    pub fn editable(&self) -> String {
        let value = self.value.get_untracked();
        match self.kind {
            FieldKind::Money => value,
            _ => rules::display(self.kind, &value),
        }
    }

    pub fn is_typing(&self) -> bool {
        self.raw.load(Ordering::Relaxed)
    }

    /// Keeps what was typed so far, as typed.
    pub fn typed(&self, text: String) {
        self.raw.store(true, Ordering::Relaxed);
        self.keep(text);
    }

    /// Gives the value its proper shape; text that cannot be read stays as typed.
    pub fn commit(&self) {
        let typing = self.raw.swap(false, Ordering::Relaxed);
        let typed = self.value.get_untracked();
        let kept = rules::canonical(self.kind, &typed);
        // the official name of a code shows once it is typed out
        let named = typing && self.kind == FieldKind::Code && matches!(self.keep, Keep::Field);
        if kept != typed || named {
            self.keep(kept);
        }
    }

    /// Puts a whole value in place of what was typed.
    pub fn put(&self, value: String) {
        self.raw.store(false, Ordering::Relaxed);
        self.keep(value);
    }
}
