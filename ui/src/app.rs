//! The root: which of the outer screens is shown, theme and zoom, facts heard once.

use std::time::Duration;

use js_sys::Date;
use leptos::prelude::*;
use leptos::task::spawn_local;

use hoso_contract::command::HoldWindow;
use hoso_contract::view::LinkView;
use hoso_contract::{AppError, Code};

use crate::screens::unanswered::{Broken, Starting};
use crate::screens::unlock::Unlock;
use crate::state::{Desk, Phase};
use crate::widgets::failure::FailureDialog;
use crate::widgets::toast::Toasts;
use crate::{ipc, keys, parts};

#[component]
pub fn App() -> impl IntoView {
    let desk = Desk::new();
    provide_context(desk);
    desk.boot();
    spawn_local(ipc::listen(move |fact| desk.hear(fact)));
    keys::listen(desk);
    apply_display(desk);
    lock_when_idle(desk);
    // a window with something that is not on disk asks before it closes
    Effect::new(move |_| {
        let unsaved = desk.unsaved.get();
        desk.run(HoldWindow { unsaved }, |()| {});
    });

    let phase = Memo::new(move |_| desk.phase.get());
    // a change of language draws everything anew
    let language = Memo::new(move |_| {
        desk.session
            .with(|s| s.as_ref().map(|s| s.settings.language.clone()))
    });
    view! {
        {move || {
            language.track();
            match phase.get() {
                Phase::Starting => view! { <Starting/> }.into_any(),
                Phase::FirstRun => part(parts::first_run()),
                Phase::Locked(people) => view! { <Unlock people/> }.into_any(),
                Phase::Open => part(parts::office()),
                Phase::Unusable { error, store } => part(parts::unusable(error, store)),
                Phase::Failed(error) => view! { <Broken error/> }.into_any(),
            }
        }}
        <FailureDialog/>
        <Toasts/>
    }
}

/// A part of the page, as soon as the web view has it. Not inside a `Suspense`: that would take the whole part away
/// whenever something in it is read anew.
pub fn part<F, E>(loaded: F) -> AnyView
where
    F: Future<Output = Result<AnyView, E>> + Send + 'static,
{
    let shown = async move {
        match loaded.await {
            Ok(view) => view,
            Err(_) => {
                let error = AppError::new(Code::Internal).with("command", "page");
                view! { <Broken error/> }.into_any()
            }
        }
    };
    Suspend::new(shown).into_any()
}

/// Minutes a desk nobody uses stays open for the sake of what is being sent, or is not on disk.
const LONGER: u16 = 60;

/// Locks after the minutes of the settings without a key or a pointer, those a PC slept through among
/// them. Long work counts as use, and so does a batch that is being signed: it was confirmed. The lock
/// waits while a dossier is on its way, which it would end, and for what is typed and not on disk, which
/// is lost behind it: [`LONGER`] minutes at most.
fn lock_when_idle(desk: Desk) {
    const LOOK: Duration = Duration::from_secs(15);
    const MINUTE: f64 = 60_000.0;
    let used = StoredValue::new(Date::now());
    let rest = move || used.set_value(Date::now());
    let look = move || {
        let minutes = desk
            .session
            .with_untracked(|s| s.as_ref().map_or(0, |s| s.settings.lock_after));
        let open = desk.phase.with_untracked(|p| *p == Phase::Open);
        let works = desk.long_work.with_untracked(Option::is_some)
            || desk.signing.with_untracked(Option::is_some);
        if !open || minutes == 0 || works {
            return rest();
        }
        let sends = desk.session.with_untracked(|s| {
            s.as_ref()
                .is_some_and(|s| matches!(s.link, LinkView::Sending { .. }))
        });
        let waits = if sends || desk.unsaved.get_untracked() {
            LONGER
        } else {
            0
        };
        let idle = Date::now() - used.get_value();
        // less than nothing: the clock was set back
        if idle < 0.0 {
            rest();
        } else if idle >= f64::from(minutes.saturating_add(waits)) * MINUTE {
            rest();
            desk.lock_unattended();
        }
    };
    // the first key after the PC slept comes before the next look
    let use_again = move || {
        look();
        rest();
    };
    for handle in [
        window_event_listener(leptos::ev::keydown, move |_| use_again()),
        window_event_listener(leptos::ev::pointerdown, move |_| use_again()),
        window_event_listener(leptos::ev::wheel, move |_| use_again()),
    ] {
        on_cleanup(move || handle.remove());
    }
    if let Ok(handle) = set_interval_with_handle(look, LOOK) {
        on_cleanup(move || handle.clear());
    }
}

/// Widths in rem at which the style sheets change the layout.
const WIDTHS: [u16; 8] = [110, 80, 75, 66, 55, 53, 49, 41];

/// Tells the style sheets how wide the window is in rem. Media and container queries would not
/// do: they do not follow the zoom.
fn measure() {
    let Some(root) = document().document_element() else {
        return;
    };
    let zoom = root
        .get_attribute("data-zoom")
        .and_then(|z| z.parse::<f64>().ok())
        .unwrap_or(100.0);
    let width = window()
        .inner_width()
        .ok()
        .and_then(|w| w.as_f64())
        .unwrap_or(1366.0);
    let rem = width / (16.0 * zoom / 100.0);
    let names: Vec<String> = WIDTHS
        .iter()
        .filter(|w| rem <= f64::from(**w))
        .map(|w| format!("w{w}"))
        .collect();
    let _ = root.set_attribute("data-narrow", &names.join(" "));
}

/// Theme and zoom go to the root element, where the style sheet reads them.
fn apply_display(desk: Desk) {
    let display = Memo::new(move |_| {
        desk.session.with(|s| {
            s.as_ref().map(|s| {
                (
                    s.settings.theme.clone(),
                    s.settings.zoom,
                    s.settings.language.clone(),
                )
            })
        })
    });
    measure();
    let handle = window_event_listener(leptos::ev::resize, |_| measure());
    on_cleanup(move || handle.remove());
    Effect::new(move |_| {
        let Some((theme, zoom, language)) = display.get() else {
            return;
        };
        let Some(root) = document().document_element() else {
            return;
        };
        let _ = root.set_attribute("data-theme", &theme);
        let _ = root.set_attribute("lang", &language);
        let zoom = zoom.clamp(80, 200);
        let _ = root.set_attribute("data-zoom", &zoom.to_string());
        let _ = root.set_attribute("style", &format!("font-size:{zoom}%"));
        measure();
    });
}
