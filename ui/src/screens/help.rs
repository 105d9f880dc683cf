//! Giúp: keys, and the few things worth knowing.

use leptos::prelude::*;

use crate::words::{W, t};

const WINDOW: &[(&str, W)] = &[
    ("Alt+1 … Alt+7", W::KeyMenu),
    ("Ctrl+N", W::KeyNew),
    ("Ctrl+S", W::KeySave),
    ("Ctrl+P", W::KeyPreview),
    ("Ctrl+Q", W::KeyDuplicate),
    ("F1", W::KeyHelp),
    ("F5", W::KeyReload),
    ("Esc", W::KeyEsc),
];

const LINES: &[(&str, W)] = &[
    ("Enter", W::KeyEnter),
    ("Tab, Shift+Tab", W::KeyTab),
    ("← ↑ → ↓", W::KeyArrows),
    ("F2", W::KeyF2),
    ("F3", W::KeyF3),
    ("Esc", W::KeyEscCell),
    ("Ctrl+D", W::KeyFillDown),
    ("Ctrl+Insert", W::KeyInsert),
    ("Ctrl+Delete", W::KeyDelete),
    ("Shift+← ↑ → ↓, Ctrl+A", W::KeySelect),
    ("Ctrl+C, Ctrl+V", W::KeyCopy),
];

#[component]
pub fn Help() -> impl IntoView {
    view! {
        <div class="screen help" data-testid="screen-help">
            <header class="head"><div class="title"><h1>{t(W::Help)}</h1></div></header>
            <div class="settings-grid">
                {keys(W::KeysWindow, WINDOW)}
                {keys(W::KeysLines, LINES)}
                <section class="card side">
                    <h2>{t(W::GoodToKnow)}</h2>
                    <ul class="plain roomy">
                        {[W::Know1, W::Know2, W::Know3, W::Know4, W::Know5].map(|w| view! { <li>{t(w)}</li> }).collect_view()}
                    </ul>
                </section>
            </div>
        </div>
    }
}

fn keys(title: W, rows: &'static [(&'static str, W)]) -> impl IntoView {
    view! {
        <section class="card side">
            <h2>{t(title)}</h2>
            <dl class="keys">
                {rows.iter().map(|(key, word)| view! { <dt><kbd>{*key}</kbd></dt><dd>{t(*word)}</dd> }).collect_view()}
            </dl>
        </section>
    }
}
