//! Keys of the whole window. A letter without Ctrl or Alt is never a shortcut, and nothing is one
//! while an input method is at work: Unikey types backspaces and letters.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;

use crate::state::{Desk, Phase, Screen};

/// Acts of the open screen that keys reach.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    Save,
    Preview,
    Duplicate,
    Reload,
    Undo,
    Redo,
}

/// The last act asked for by key; a number makes each press a change.
#[derive(Clone, Copy)]
pub struct Asked(pub RwSignal<(u32, Option<Act>)>);

/// Whether an input method or a plain letter is behind the event.
pub fn is_typing(event: &KeyboardEvent) -> bool {
    event.is_composing() || event.key() == "Process" || event.key_code() == 229
}

/// Whether Ctrl alone goes with the key.
pub fn is_ctrl(event: &KeyboardEvent) -> bool {
    event.ctrl_key() && !event.alt_key() && !event.meta_key()
}

fn is_step(key: &str) -> bool {
    key.eq_ignore_ascii_case("z") || key.eq_ignore_ascii_case("y")
}

/// Whether a step back is one of the voucher's: a field elsewhere takes its own typing back.
fn is_of_voucher(event: &KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|t| t.dyn_into::<web_sys::Element>().ok());
    let inside = |css: &str| {
        let found = target.as_ref().map(|t| t.closest(css).ok().flatten());
        found.flatten().is_some()
    };
    !inside("dialog") && (inside(".voucher") || !inside("input, textarea, select"))
}

pub fn listen(desk: Desk) {
    let asked = RwSignal::new((0, None));
    provide_context(Asked(asked));
    let ask = move |act| {
        asked.update(|(n, last)| {
            *n = n.wrapping_add(1);
            *last = Some(act);
        })
    };
    let handle = window_event_listener(ev::keydown, move |event| {
        if is_typing(&event) || desk.phase.get_untracked() != Phase::Open {
            return;
        }
        let key = event.key();
        let act = if is_ctrl(&event) && is_step(&key) && is_of_voucher(&event) {
            let back = key.eq_ignore_ascii_case("z") && !event.shift_key();
            let act = if back { Act::Undo } else { Act::Redo };
            Some(Box::new(move || ask(act)) as Box<dyn Fn()>)
        } else if is_ctrl(&event) && !event.shift_key() {
            match key.to_ascii_lowercase().as_str() {
                "n" => Some(Box::new(move || desk.creating.set(true)) as _),
                "s" => Some(Box::new(move || ask(Act::Save)) as _),
                "p" => Some(Box::new(move || ask(Act::Preview)) as _),
                "q" => Some(Box::new(move || ask(Act::Duplicate)) as _),
                _ => None,
            }
        } else if event.alt_key() && !event.ctrl_key() {
            let screen = match key.as_str() {
                "1" => Some(Screen::Today),
                "2" => Some(Screen::Dossiers),
                "3" => Some(Screen::Sign),
                "4" => Some(Screen::Outbox),
                "5" => Some(Screen::Results),
                "6" => Some(Screen::Settings),
                "7" => Some(Screen::Books),
                _ => None,
            };
            screen.map(|s| Box::new(move || desk.go(s)) as _)
        } else {
            match key.as_str() {
                "F1" => Some(Box::new(move || desk.go(Screen::Help)) as _),
                "F5" => Some(Box::new(move || {
                    desk.dossiers.update(|n| *n = n.wrapping_add(1));
                    desk.results.update(|n| *n = n.wrapping_add(1));
                    desk.tokens.update(|n| *n = n.wrapping_add(1));
                    desk.refresh();
                    ask(Act::Reload);
                }) as _),
                _ => None,
            }
        };
        if let Some(act) = act {
            event.prevent_default();
            act();
        }
    });
    on_cleanup(move || handle.remove());
}

/// Runs `handler` for each act asked for while the calling component lives.
pub fn on_act(handler: impl Fn(Act) + 'static) {
    let Some(Asked(asked)) = use_context::<Asked>() else {
        return;
    };
    Effect::new(move |before: Option<u32>| {
        let (n, act) = asked.get();
        if let (Some(before), Some(act)) = (before, act)
            && before != n
        {
            untrack(|| handler(act));
        }
        n
    });
}
