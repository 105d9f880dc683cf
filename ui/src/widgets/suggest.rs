//! Suggestions under a field: codes by digits or accent-free name, earlier payees, own accounts.
//! The first one is taken by Enter, once it answers the text that stands; nothing is ever completed
//! inside the text.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{Element, KeyboardEvent};

use hoso_contract::command::{FindCodes, FindPayees};
use hoso_contract::view::Pick;
use hoso_domain::party::Unit;

use crate::ipc;
use crate::keys::is_typing;
use crate::words::{W, t};

/// Longest list under a field.
const LIMIT: u32 = 12;

/// No row is meant until an arrow chooses one.
const NO_ROW: usize = usize::MAX;

/// Where suggestions come from.
#[derive(Clone, PartialEq, Debug)]
pub enum Source {
    None,
    Codes(String),
    Payees,
    Fixed(Vec<Pick>),
}

impl Source {
    /// The unit's own accounts.
    pub fn accounts(unit: Option<Unit>) -> Self {
        let accounts = unit.into_iter().flat_map(|u| u.accounts);
        let picks = accounts.map(|a| Pick {
            code: a.number,
            name: a.name,
            fills: BTreeMap::new(),
        });
        Source::Fixed(picks.collect())
    }

    /// Matches for `text`, best first. A failed search has none: the field itself stays usable.
    pub async fn find(&self, text: String, limit: u32) -> Vec<Pick> {
        match self {
            Source::None => Vec::new(),
            Source::Codes(catalogue) => ipc::call(FindCodes {
                catalogue: catalogue.clone(),
                text,
                limit,
            })
            .await
            .unwrap_or_default(),
            Source::Payees => ipc::call(FindPayees { text, limit })
                .await
                .unwrap_or_default(),
            Source::Fixed(all) => {
                let found: Vec<Pick> = all.iter().filter(|p| fits(p, &text)).cloned().collect();
                // a list of a few own accounts helps most when it is whole
                if found.is_empty() { all.clone() } else { found }
            }
        }
    }
}

/// Whether an own account bears the text in its number or name.
fn fits(pick: &Pick, text: &str) -> bool {
    let text = text.trim().to_lowercase();
    pick.code.to_lowercase().contains(&text) || pick.name.to_lowercase().contains(&text)
}

/// The row that Enter means before any arrow: the code or name typed whole, else the first match.
/// An own account that nobody typed is not meant.
fn first_meant(source: &Source, found: &[Pick], text: &str) -> usize {
    let text = text.trim();
    let whole = found.iter().position(|p| p.code == text || p.name == text);
    let none = matches!(source, Source::Fixed(_)) && !found.iter().any(|p| fits(p, text));
    whole.unwrap_or(if none { NO_ROW } else { 0 })
}

/// What Enter or Tab takes of a list: nothing where it answers another text than the one asked last.
fn taken(found: &[Pick], active: usize, answers: &str, asked: &str) -> Option<Pick> {
    found.get(active).filter(|_| answers == asked).cloned()
}

thread_local! {
    /// Official names already asked for, by catalogue and code.
    static NAMES: RefCell<BTreeMap<(String, String), ArcRwSignal<String>>> =
        const { RefCell::new(BTreeMap::new()) };
}

/// The official name of a code, empty until known.
pub fn code_name(catalogue: &str, code: &str) -> ArcRwSignal<String> {
    let key = (catalogue.to_owned(), code.trim().to_owned());
    let known = NAMES.with_borrow(|names| names.get(&key).cloned());
    if let Some(known) = known {
        return known;
    }
    let name = ArcRwSignal::new(String::new());
    NAMES.with_borrow_mut(|names| names.insert(key.clone(), name.clone()));
    let (catalogue, code) = key;
    if !code.is_empty() {
        let name = name.clone();
        spawn_local(async move {
            let found = Source::Codes(catalogue).find(code.clone(), LIMIT).await;
            if let Some(pick) = found.into_iter().find(|p| p.code == code) {
                name.set(pick.name);
            }
        });
    }
    name
}

/// Official names are asked for again: the lists have other codes now.
pub fn forget_names() {
    NAMES.with_borrow_mut(BTreeMap::clear);
}

/// The open list of one field.
#[derive(Clone, Copy)]
pub struct Suggestions {
    pub picks: RwSignal<Vec<Pick>>,
    pub active: RwSignal<usize>,
    pub open: RwSignal<bool>,
    place: RwSignal<String>,
    /// The text that `picks` answer.
    answers: StoredValue<String>,
    /// The text asked about last: what stands in the field, or nothing for the whole list.
    text: StoredValue<String>,
    asked: StoredValue<u32>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

/// What a key did to the list.
pub enum Answer {
    /// Not for the list.
    Pass,
    /// The list moved or closed.
    Used,
    Took(Pick),
}

impl Suggestions {
    pub fn new() -> Self {
        Self {
            picks: RwSignal::new(Vec::new()),
            active: RwSignal::new(0),
            open: RwSignal::new(false),
            place: RwSignal::new(String::new()),
            answers: StoredValue::new(String::new()),
            text: StoredValue::new(String::new()),
            asked: StoredValue::new(0),
            timer: StoredValue::new(None),
        }
    }

    /// Asks for matches shortly after the last key.
    pub fn ask(self, source: Source, text: String, anchor: Element) {
        if source == Source::None {
            return;
        }
        self.cancel();
        self.text.set_value(text.clone());
        let handle = set_timeout_with_handle(
            move || self.ask_now(source, text, &anchor),
            Duration::from_millis(120),
        );
        self.timer.set_value(handle.ok());
    }

    pub fn ask_now(self, source: Source, text: String, anchor: &Element) {
        let Some(number) = self.asked.try_get_value().map(|n| n.wrapping_add(1)) else {
            return;
        };
        self.asked.set_value(number);
        self.text.set_value(text.clone());
        let place = place_under(anchor);
        spawn_local(async move {
            let found = source.find(text.clone(), LIMIT).await;
            // only the last question counts
            if self.asked.try_get_value() != Some(number) {
                return;
            }
            self.place.set(place);
            self.active.set(first_meant(&source, &found, &text));
            self.answers.set_value(text);
            self.open.set(!found.is_empty());
            self.picks.set(found);
        });
    }

    pub fn cancel(self) {
        if let Some(Some(handle)) = self.timer.try_get_value() {
            handle.clear();
        }
        if let Some(n) = self.asked.try_get_value() {
            self.asked.set_value(n.wrapping_add(1));
        }
    }

    pub fn close(self) {
        self.cancel();
        self.open.try_set(false);
    }

    pub fn key(self, event: &KeyboardEvent) -> Answer {
        if is_typing(event) || !self.open.get_untracked() {
            return Answer::Pass;
        }
        let count = self.picks.with_untracked(Vec::len);
        let last = count.saturating_sub(1);
        match event.key().as_str() {
            "ArrowDown" => self
                .active
                .update(|a| *a = a.checked_add(1).unwrap_or(0).min(last)),
            "ArrowUp" => self.active.update(|a| *a = a.saturating_sub(1).min(last)),
            "Escape" => self.close(),
            "Enter" | "Tab" => {
                let (answers, text) = (self.answers.get_value(), self.text.get_value());
                let active = self.active.get_untracked();
                let taken = self
                    .picks
                    .with_untracked(|found| taken(found, active, &answers, &text));
                self.close();
                return taken.map_or(Answer::Pass, Answer::Took);
            }
            _ => return Answer::Pass,
        }
        Answer::Used
    }
}

/// Fixed to the window, so that no scrolling box cuts it off; above the field near the bottom.
fn place_under(anchor: &Element) -> String {
    let rect = anchor.get_bounding_client_rect();
    let height = window()
        .inner_height()
        .ok()
        .and_then(|h| h.as_f64())
        .unwrap_or(768.0);
    let width = rect.width().max(280.0);
    if rect.bottom() > height - 240.0 {
        format!(
            "left:{}px;bottom:{}px;min-width:{}px",
            rect.left(),
            height - rect.top(),
            width
        )
    } else {
        format!(
            "left:{}px;top:{}px;min-width:{}px",
            rect.left(),
            rect.bottom(),
            width
        )
    }
}

/// The list itself.
#[component]
pub fn SuggestList(list: Suggestions, #[prop(into)] take: Callback<Pick>) -> impl IntoView {
    view! {
        {move || list.open.get().then(|| view! {
            <ul class="suggest" role="listbox" aria-label=t(W::Suggestions) data-testid="suggestions"
                style=move || list.place.get()>
                {move || list.picks.get().into_iter().enumerate().map(|(n, pick)| {
                    let chosen = pick.clone();
                    view! {
                        <li role="option" data-testid=format!("suggestion-{n}")
                            aria-selected=move || (list.active.get() == n).to_string()
                            class:on=move || list.active.get() == n
                            on:mousedown=move |e| {
                                e.prevent_default();
                                list.close();
                                take.run(chosen.clone());
                            }>
                            <b>{pick.code.clone()}</b><span>{pick.name.clone()}</span>
                        </li>
                    }
                }).collect_view()}
            </ul>
        })}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picks(codes: &[&str]) -> Vec<Pick> {
        let pick = |code: &&str| Pick {
            code: (*code).to_owned(),
            name: String::new(),
            fills: BTreeMap::new(),
        };
        codes.iter().map(pick).collect()
    }

    fn code(pick: Option<Pick>) -> Option<String> {
        pick.map(|p| p.code)
    }

    #[test]
    fn a_list_that_answers_an_earlier_text_gives_nothing_to_enter() {
        let found = picks(&["1", "12", "13"]);
        assert_eq!(taken(&found, 0, "1", "13"), None);
        assert_eq!(taken(&found, 2, "1", "14"), None);
        assert_eq!(code(taken(&found, 0, "1", "1")).as_deref(), Some("1"));
        assert_eq!(taken(&found, NO_ROW, "1", "1"), None);
    }

    #[test]
    fn enter_means_the_code_typed_whole_then_the_first_match_and_no_account_nobody_typed() {
        let codes = Source::Codes("sources".to_owned());
        let found = picks(&["130", "13", "131"]);
        assert_eq!(first_meant(&codes, &found, "13"), 1);
        assert_eq!(first_meant(&codes, &found, "khong tu chu"), 0);
        let own = picks(&["9523.1", "3713.2"]);
        let accounts = Source::Fixed(own.clone());
        assert_eq!(first_meant(&accounts, &own, "3713"), 0);
        assert_eq!(first_meant(&accounts, &own, "9527"), NO_ROW);
        assert_eq!(first_meant(&accounts, &own, ""), 0);
    }
}
