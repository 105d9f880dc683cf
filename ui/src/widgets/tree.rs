//! F3: a list under its headings, to be opened, narrowed and chosen from. Lists without headings keep
//! their flat suggestions.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use hoso_domain::catalogue::{self, Node};

use super::modal::Modal;
use crate::keys::is_typing;
use crate::state::desk;
use crate::words::{W, t};

/// What is open: the list, and who wants the code.
#[derive(Clone)]
struct Ask {
    nodes: Arc<Vec<Node>>,
    list: &'static str,
    then: Callback<String>,
}

#[derive(Clone, Copy)]
struct Door {
    open: RwSignal<bool>,
    ask: RwSignal<Option<Ask>>,
    today: chrono::NaiveDate,
}

thread_local! {
    /// The one tree of the window; fields have no other way to it from inside a key's handler.
    static DOOR: Cell<Option<Door>> = const { Cell::new(None) };
}

/// Opens the tree of a catalogue; `false` where it has none.
pub fn browse(id: &str, then: Callback<String>) -> bool {
    let Some(door) = DOOR.get() else { return false };
    let nodes = catalogue::tree(id, door.today);
    let Some(list) = catalogue::catalogue(id).filter(|_| !nodes.is_empty()) else {
        return false;
    };
    let ask = Ask {
        nodes: Arc::new(nodes),
        list: list.id,
        then,
    };
    door.ask.set(Some(ask));
    door.open.set(true);
    true
}

/// Mounted once, beside the screens.
#[component]
pub fn CodeTree() -> impl IntoView {
    let desk = desk();
    let today = desk
        .session
        .with_untracked(|s| s.as_ref().map(|s| s.today))
        .unwrap_or_default();
    let door = Door {
        open: RwSignal::new(false),
        ask: RwSignal::new(None),
        today,
    };
    DOOR.set(Some(door));
    on_cleanup(|| DOOR.set(None));
    let title = Signal::derive(|| t(W::CodeList).to_owned());
    view! {
        <Modal open=door.open title testid="tree" class="wide">
            {move || door.ask.get().map(|ask| view! { <Branches ask open=door.open/> })}
        </Modal>
    }
}

/// The positions of the rows to show: below open headings, or all that fit what was typed with the
/// headings over them.
fn visible(
    nodes: &[Node],
    fits: Option<&BTreeSet<String>>,
    opened: &BTreeSet<usize>,
) -> Vec<usize> {
    let mut shown = Vec::new();
    let mut over: Vec<(usize, bool)> = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        over.truncate(node.depth);
        let open = over.iter().all(|(_, open)| *open);
        match fits {
            Some(fits) if node.row.usable() && fits.contains(&node.row.code) => {
                for (heading, _) in &over {
                    if !shown.contains(heading) {
                        shown.push(*heading);
                    }
                }
                shown.push(at);
            }
            None if open => shown.push(at),
            _ => {}
        }
        over.push((at, opened.contains(&at)));
    }
    shown
}

#[component]
fn Branches(ask: Ask, open: RwSignal<bool>) -> impl IntoView {
    let Ask {
        nodes,
        list: id,
        then,
    } = ask;
    let nodes = StoredValue::new(nodes);
    // the top two levels and the headings below them are open at first
    let first = nodes.with_value(|nodes| {
        let deepest = nodes.iter().map(|n| n.depth).max().unwrap_or(0);
        let wanted = nodes
            .iter()
            .enumerate()
            .filter(|(_, n)| n.depth + 2 < deepest + 1);
        wanted.map(|(at, _)| at).collect::<BTreeSet<_>>()
    });
    let opened = RwSignal::new(first);
    let text = RwSignal::new(String::new());
    let rows = Memo::new(move |_| {
        let typed = text.get();
        let fits = (!typed.trim().is_empty()).then(|| {
            let list = catalogue::catalogue(id);
            let found = list
                .map(|list| list.find(&typed, 300, &[]))
                .unwrap_or_default();
            found.into_iter().map(|r| r.code.clone()).collect()
        });
        nodes.with_value(|nodes| opened.with(|opened| visible(nodes, fits.as_ref(), opened)))
    });
    let choose = move |at: usize| {
        let node = nodes.with_value(|nodes| nodes.get(at).copied());
        let Some(node) = node else { return };
        if node.row.usable() {
            open.set(false);
            then.run(node.row.code.clone());
        } else {
            opened.update(|all| {
                if !all.remove(&at) {
                    all.insert(at);
                }
            });
        }
    };
    let list = NodeRef::<html::Ul>::new();
    let field = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            let _ = field.focus();
        }
    });
    let in_field = move |event: KeyboardEvent| {
        if is_typing(&event) {
            return;
        }
        match event.key().as_str() {
            "ArrowDown" => {
                event.prevent_default();
                let first = list.get_untracked().and_then(|l| l.first_element_child());
                focus_row(first);
            }
            "Enter" => {
                event.prevent_default();
                let leaf = rows.with_untracked(|rows| {
                    let usable = |at: &&usize| {
                        nodes.with_value(|n| n.get(**at).is_some_and(|n| n.row.usable()))
                    };
                    rows.iter().find(usable).copied()
                });
                if let Some(at) = leaf {
                    choose(at);
                }
            }
            _ => {}
        }
    };
    let in_list = move |event: KeyboardEvent| {
        if is_typing(&event) {
            return;
        }
        let item = event
            .target()
            .and_then(|t| t.dyn_into::<Element>().ok())
            .and_then(|e| e.closest("li").ok().flatten());
        let Some(item) = item else { return };
        match event.key().as_str() {
            "ArrowDown" => focus_row(item.next_element_sibling()),
            "ArrowUp" => match item.previous_element_sibling() {
                Some(before) => focus_row(Some(before)),
                None => {
                    if let Some(field) = field.get_untracked() {
                        let _ = field.focus();
                    }
                }
            },
            key @ ("ArrowRight" | "ArrowLeft") => {
                let at = item.get_attribute("data-at").and_then(|a| a.parse().ok());
                if let Some(at) = at {
                    opened.update(|all| {
                        if key == "ArrowRight" {
                            all.insert(at);
                        } else {
                            all.remove(&at);
                        }
                    });
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <input type="text" class="in" node_ref=field data-testid="tree-search" autocomplete="off" spellcheck="false"
            placeholder=t(W::TreeHint) aria-label=t(W::TreeHint)
            on:input=move |e| text.set(event_target_value(&e)) on:keydown=in_field/>
        <ul class="tree" role="tree" node_ref=list aria-label=t(W::CodeList) on:keydown=in_list>
            <For each=move || rows.get() key=|at| *at children=move |at| {
                let node = nodes.with_value(|nodes| nodes.get(at).copied());
                node.map(|node| {
                    let leaf = node.row.usable();
                    // the groups of the circular carry a made-up side in their code
                    let code = node.row.code.split('-').next().unwrap_or_default();
                    let expanded = move || (!leaf).then(|| opened.with(|o| o.contains(&at)).to_string());
                    view! {
                        <li role="treeitem" data-at=at.to_string() aria-expanded=expanded
                            style=format!("--depth:{}", node.depth)>
                            <button type="button" class:heading=!leaf data-testid=format!("tree-{}", node.row.code)
                                on:click=move |_| choose(at)><b>{code.to_owned()}</b><span>{node.row.full_name.clone()}</span></button>
                        </li>
                    }
                })
            }/>
        </ul>
        {move || rows.with(Vec::is_empty).then(|| view! { <p class="empty">{t(W::TreeNone)}</p> })}
    }
}

fn focus_row(item: Option<Element>) {
    let button = item
        .and_then(|i| i.first_element_child())
        .and_then(|b| b.dyn_into::<HtmlElement>().ok());
    if let Some(button) = button {
        let _ = button.focus();
    }
}
