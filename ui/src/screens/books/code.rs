//! Codes in the books: fields that find them, cells that name them.

use leptos::prelude::*;

use hoso_contract::view::Pick;
use hoso_domain::finding::Finding;
use hoso_domain::form::FieldKind;

use crate::state::desk;
use crate::widgets::field::{FieldSpec, TextField};
use crate::widgets::suggest::{Source, code_name};
use crate::words::{W, t};

/// A code of a list: by digits or accent-free name, F3 its tree, the official name beside it.
#[component]
pub fn CodeInput(
    testid: &'static str,
    label: W,
    value: RwSignal<String>,
    list: &'static str,
) -> impl IntoView {
    let source = Source::Codes(list.to_owned());
    one(testid, label, value, FieldKind::Code, list, source)
}

/// An account: the unit's own are offered.
#[component]
pub fn AccountInput(testid: &'static str, label: W, value: RwSignal<String>) -> impl IntoView {
    let source = Source::accounts(untrack(|| desk().unit()));
    one(testid, label, value, FieldKind::Text, "", source)
}

fn one(
    testid: &'static str,
    label: W,
    value: RwSignal<String>,
    kind: FieldKind,
    list: &'static str,
    source: Source,
) -> impl IntoView {
    let spec = FieldSpec {
        id: testid.to_owned(),
        testid: testid.to_owned(),
        label: t(label).to_owned(),
        required: false,
        kind,
        catalogue: list.to_owned(),
        max: 250,
        help: String::new(),
        source,
        span: 12,
    };
    let none = Callback::new(|()| {});
    view! {
        <TextField spec value=ArcRwSignal::from(value) read_only=Signal::stored(false)
            beside=Signal::stored(String::new()) problems=Signal::stored(Vec::<Finding>::new())
            remarks=Signal::stored(Vec::<String>::new()) edited=none left=none
            picked=Callback::new(|_: Pick| {})/>
    }
}

/// A code in a table, its official name under it, whole when pointed at.
pub fn code_cell(list: &'static str, code: String) -> impl IntoView {
    let name = code_name(list, &code);
    let whole = name.clone();
    view! {
        <td class="code" title=move || whole.get()><span>{code}</span><small>{move || name.get()}</small></td>
    }
}
